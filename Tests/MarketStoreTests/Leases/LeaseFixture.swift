import MarketData
import MarketStore
import TestSupport

extension StoreFixture {
    /// The hours `hours` of the fixture's day, counted from midnight.
    static func hours(_ hours: Range<Int64>) -> TimeRange {
        let day = time("2026-01-05T00:00:00Z")
        let hour = Timeframe.oneHour.nanoseconds
        return range(day.advancedSaturating(byNanoseconds: hours.lowerBound * hour), hours.count, hour)
    }

    private static func range(_ start: Timestamp, _ count: Int, _ hour: Int64) -> TimeRange {
        guard let range = TimeRange(start, start.advancedSaturating(byNanoseconds: Int64(count) * hour)) else {
            preconditionFailure("A test asks for at least an hour.")
        }
        return range
    }

    /// A worker's claim of the hours that are not known yet.
    func claim(
        _ hours: Range<Int64>,
        by owner: String,
        length: Duration = .seconds(10),
        grantsMax: Int = 64,
        series: Series = .of(),
        heedsFailures: Bool = true
    ) async throws -> LeaseAnswer {
        try await self.store.claim(
            series,
            LeaseClaim(owner: owner, length: length, grantsMax: grantsMax, heedsFailures: heedsFailures)
        ) { coverage, _ in
            coverage.all.gaps(in: Self.hours(hours))
        }
    }

    /// Stores the hours, all of them empty, under a lease.
    @discardableResult
    func storeHours(_ hours: Range<Int64>, _ lease: FetchLease?, series: Series = .of()) async throws -> StoreOutcome<
        Bar
    > {
        try await self.store.storeBars(
            StoredPiece(
                series: series,
                records: [],
                range: Self.hours(hours),
                settledEnd: time("2026-01-07T00:00:00Z"),
                lease: lease?.token
            )
        )
    }

    /// The code of the store's error that `body` throws, nil when it throws none.
    func refusal(_ body: () async throws -> Void) async throws -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch let error as StoreError {
            return error.code
        }
    }

    /// How many rows the table of leases has.
    func leaseCount() async throws -> Int64 {
        try await self.store.database.read { transaction in
            try transaction.query("SELECT count(*) FROM fetch_leases") { try $0.integer(0) }[0]
        }
    }
}
