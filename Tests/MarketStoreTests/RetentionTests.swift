import MarketData
import TestSupport
import Testing

@testable import MarketStore

@Suite struct RetentionTests {
    private static let minutes = Series.of("ES.c.0", .oneMinute, kind: .quotes)
    private static let stretch = range("2026-01-05T10:00:00Z", "2026-01-05T10:10:00Z")
    private static let quotes = (0..<10).map { Quote.at("2026-01-05T10:0\($0):00Z", Double($0)) }

    @Test(arguments: TestDatabase.kinds)
    func oldQuotesGoWithTheirCoverage(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)

            #expect(try await fixture.store.deleteQuotes(olderThan: time("2026-01-05T10:04:00Z")) == 4)

            let slice = try await fixture.store.quotes(Self.minutes, in: Self.stretch, limit: nil)
            #expect(slice.records == Array(Self.quotes[4...]))
            #expect(slice.coverage.all == RangeSet(range("2026-01-05T10:04:00Z", "2026-01-05T10:10:00Z")))
            #expect(slice.version == 2)
            #expect(try await fixture.everything().records.count == 1, "bars stay")

            #expect(try await fixture.store.deleteQuotes(olderThan: time("2026-01-05T10:04:00Z")) == 0)
            #expect(try await fixture.store.coverage(of: Self.minutes).version == 2)
        }
    }

    @Test(arguments: TestDatabase.kinds, [1, 2, 3, 100])
    func oldQuotesGoInSmallTransactions(_ kind: TestDatabase.Kind, _ rowsMax: Int) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)

            let deleted = try await fixture.store.deleteQuotes(
                olderThan: time("2026-01-05T10:07:00Z"),
                rowsMax: rowsMax
            )

            #expect(deleted == 7)
            let slice = try await fixture.store.quotes(Self.minutes, in: Self.stretch, limit: nil)
            #expect(slice.records == Array(Self.quotes[7...]))
            #expect(slice.coverage.all == RangeSet(range("2026-01-05T10:07:00Z", "2026-01-05T10:10:00Z")))
            #expect(try await fixture.store.deleteQuotes(olderThan: time("2026-02-01"), rowsMax: rowsMax) == 2)
            #expect(try await fixture.store.latestQuote(provider: .globex, symbol: "CL.c.0").quote != nil)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func severalProcessesMayDeleteAtOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let store = fixture.store

            let deleted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await store.deleteQuotes(olderThan: time("2026-02-01"), rowsMax: 2) }
                }
                return try await group.reduce(0, +)
            }

            #expect(deleted == 9)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newestQuoteAndTradeOfEachSymbolStay(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)

            #expect(try await fixture.store.deleteQuotes(olderThan: time("2026-02-01")) == 9)
            #expect(try await fixture.store.deleteTrades(olderThan: time("2026-02-01")) == 1)

            let es = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(es.quote?.record == Self.quotes[9])
            let cl = try await fixture.store.latestQuote(provider: .globex, symbol: "CL.c.0")
            #expect(cl.quote?.record == .at("2026-01-04T10:00:00Z", 60))
            #expect(cl.trade?.record.timestamp == time("2026-01-04T10:00:00Z"))
            #expect(try await fixture.store.coverage(of: Self.minutes).coverage.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clearedSeriesForgetsItsCoverageAndRaisesItsVersion(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let days = Series.of("ES.c.0", .oneDay)
            _ = try await fixture.store(
                [.at("2026-01-05", 1)],
                range("2026-01-05", "2026-01-06"),
                settledEnd: "2026-01-06",
                series: days
            )
            #expect(try await fixture.store.markChecked(.of(), after: nil))

            let outcome = try await fixture.store.clear(.series(.of()))

            #expect(outcome.series == [.init(series: .of(), version: 2)])
            #expect(outcome.barCount == 1 && outcome.quoteCount == 0)
            let slice = try await fixture.everything()
            #expect(slice.records.isEmpty && slice.coverage.isEmpty && slice.version == 2)
            #expect(slice.changedDaysCheckedAt == nil)
            #expect(try await fixture.everything(days).records.count == 1)

            let again = try await fixture.store.clear(.series(.of()))
            #expect(again.series.isEmpty)
            #expect(try await fixture.everything().version == 2)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clearingOneQuotesSeriesClearsAllThatShareItsRows(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let seconds = Series.of("ES.c.0", .oneSecond, kind: .quotes)
            _ = try await fixture.store.storeQuotes(
                StoredPiece(series: seconds, records: [], range: Self.stretch, settledEnd: time("2026-01-06"))
            )

            let outcome = try await fixture.store.clear(.series(seconds))

            #expect(Set(outcome.series.map(\.series)) == [Self.minutes, seconds])
            #expect(outcome.quoteCount == 10)
            #expect(try await fixture.store.latestQuote(provider: .globex, symbol: "CL.c.0").quote != nil)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clearedSymbolLeavesOtherProvidersAndSymbolsAlone(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let other = Series.of("ES.c.0", .oneHour, .nasdaq)
            _ = try await fixture.store([], Self.stretch, settledEnd: "2026-01-06", series: other)

            let outcome = try await fixture.store.clear(.symbol("ES.c.0", provider: .globex))

            #expect(Set(outcome.series.map(\.series)) == [.of(), Self.minutes])
            #expect(try await fixture.store.coverage(of: other).version == 1)
            #expect(try await fixture.store.latestQuote(provider: .globex, symbol: "CL.c.0").quote != nil)

            let rest = try await fixture.store.clear(.symbol("ES.c.0", provider: nil))
            #expect(rest.series.map(\.series) == [other])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clearingEverythingKeepsTheLedgerAndTheVersions(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            _ = try await fixture.store.beginPurchase(
                NewPurchase(series: .of(), range: Self.stretch, client: "bot", requestID: "1")
            )

            let outcome = try await fixture.store.clear(.all)

            #expect(outcome.barCount == 1 && outcome.quoteCount == 11 && outcome.tradeCount == 2)
            let statistics = try await fixture.store.statistics()
            for name in ["bars_cache", "quotes_cache", "trades", "latest_fetches", "symbol_mappings"] {
                #expect(statistics.table(name)?.rowCount == 0, "\(name)")
            }
            #expect(statistics.table("purchases")?.rowCount == 1)
            let list = try await fixture.store.seriesList()
            #expect(list.map(\.version) == [2, 2])
            #expect(list.map(\.coverage.isEmpty) == [true, true])

            let refilled = try await fixture.store([], Self.stretch, settledEnd: "2026-01-06")
            #expect(refilled.version == 3)
        }
    }

    /// Ten quotes and a bar of one symbol, and the newest quote and two trades of another.
    private static func fill(_ fixture: StoreFixture) async throws {
        let piece = StoredPiece(
            series: Self.minutes,
            records: Self.quotes,
            range: Self.stretch,
            settledEnd: time("2026-01-05T10:08:00Z")
        )
        _ = try await fixture.store.storeQuotes(piece)
        _ = try await fixture.store(
            [.at("2026-01-05T10:00:00Z", 1)],
            range("2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"),
            settledEnd: "2026-01-06"
        )
        for day in ["2026-01-03", "2026-01-04"] {
            try await fixture.store.storeLatest(
                provider: .globex,
                symbol: "CL.c.0",
                quote: .at("2026-01-04T10:00:00Z", 60),
                trade: Trade(timestamp: time("\(day)T10:00:00Z"), price: 60, size: 1, side: .buy, sequence: 1),
                purchase: nil
            )
        }
        let day = CivilDate(containing: time("2026-01-05"))
        try await fixture.store.storeMappings(
            provider: .globex,
            [SymbolMappingRow(symbol: "ES.c.0", instrumentID: 1, start: day, end: day.advanced(byDays: 1))]
        )
    }
}
