import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

@Suite struct DamagedBlockTests {
    private static let series = Series.of("ES.c.0", .oneMinute)
    private static let days = range("2025-06-03T00:00:00Z", "2025-06-06T00:00:00Z")
    private static let broken = range("2025-06-04T00:00:00Z", "2025-06-05T00:00:00Z")

    private static func bars(_ range: TimeRange) -> [Bar] {
        stride(from: range.start.nanoseconds, to: range.end.nanoseconds, by: 3_600_000_000_000).map {
            Bar(timestamp: Timestamp(nanoseconds: $0), open: 1, high: 2, low: 1, close: 2, volume: 3)
        }
    }

    /// Three days, of which the block of the second is damaged.
    private static func fill(_ fixture: StoreFixture) async throws {
        try await fixture.store(self.bars(self.days), self.days, settledEnd: "2025-06-07", series: self.series)
        let block = try await fixture.test.database.write { transaction in
            try BlockTable.blocks(ofSeries: 1, startingIn: Self.broken, in: transaction)[0].bytes
        }
        var damaged = block
        damaged[damaged.count / 2] ^= 1
        try await fixture.test.database.write { [damaged] transaction in
            try transaction.execute(
                "UPDATE bars_packed SET bars = $1 WHERE range_start = $2",
                [.blob(damaged), .integer(Self.broken.start.nanoseconds)]
            )
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func readOfADamagedBlockNamesItAndGivesNoBar(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)

            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }

            #expect(error.series == Self.series)
            #expect(error.blocks.map(\.stretch) == [Self.broken])
            #expect(error.description.contains("\(Self.broken) of \(Self.series)"))
            // What lies beside it can be read.
            let before = range("2025-06-03T00:00:00Z", "2025-06-04T00:00:00Z")
            #expect(try await fixture.store.bars(Self.series, in: before, limit: nil).records == Self.bars(before))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func damagedBlockThatIsGivenUpIsMissing(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }

            let forgotten = try await fixture.store.forget(error)
            let again = try await fixture.store.forget(error)

            #expect(forgotten == error.blocks)
            #expect(again.isEmpty)
            #expect(fixture.store.damagedBlockCount == 1)
            let slice = try await fixture.everything(Self.series)
            #expect(slice.coverage.all == RangeSet(Self.days).subtracting(RangeSet(Self.broken)))
            #expect(slice.records == Self.bars(Self.days).filter { !Self.broken.contains($0.timestamp) })
            #expect(slice.version == 2, "workers that hold it look again")
            // Bought again, it is a block again.
            try await fixture.store(Self.bars(Self.broken), Self.broken, settledEnd: "2025-06-07", series: Self.series)
            #expect(try await fixture.everything(Self.series).records == Self.bars(Self.days))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func soundBlockIsNotGivenUp(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }
            // Restored from a backup meanwhile.
            try await fixture.test.database.write { transaction in
                var encoder = try BlockEncoder()
                let bars = Self.bars(Self.broken).map { $0.marked(isFinal: false) }
                let content = FetchedBars(bars: bars, fetchedAt: bars.map(\.timestamp))
                try BlockTable.put(content, Self.broken, of: Self.series, id: 1, with: &encoder, in: transaction)
            }

            #expect(try await fixture.store.forget(error).isEmpty)

            #expect(try await fixture.everything(Self.series).records == Self.bars(Self.days))
            #expect(fixture.store.damagedBlockCount == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func pieceThatMeetsADamagedBlockGivesItsRestUp(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await Self.fill(fixture)
            let noon = range("2025-06-04T12:00:00Z", "2025-06-05T12:00:00Z")

            let outcome = try await fixture.store(
                Self.bars(noon),
                noon,
                settledEnd: "2025-06-07",
                mode: .refresh,
                series: Self.series
            )

            let lost = range("2025-06-04T00:00:00Z", "2025-06-04T12:00:00Z")
            #expect(outcome.coverage.all == RangeSet(Self.days).subtracting(RangeSet(lost)))
            #expect(outcome.version == 2)
            #expect(fixture.store.damagedBlockCount == 1)
            let slice = try await fixture.everything(Self.series)
            #expect(slice.records == Self.bars(Self.days).filter { !lost.contains($0.timestamp) })
        }
    }

    /// Nothing is read into memory on the word of a damaged row.
    @Test(arguments: TestDatabase.kinds, [Int64(Int32.max), 131_072, 1])
    func blockWithAnotherCountIsDamaged(_ kind: TestDatabase.Kind, _ count: Int64) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.store(Self.bars(Self.days), Self.days, settledEnd: "2025-06-07", series: Self.series)
            try await fixture.test.database.write { transaction in
                // As if the row were from before the check.
                switch transaction.dialect {
                case .postgres:
                    try transaction.execute("ALTER TABLE bars_packed DROP CONSTRAINT bars_packed_bar_count_check")
                case .sqlite: try transaction.execute("PRAGMA ignore_check_constraints = ON")
                }
                try transaction.execute("UPDATE bars_packed SET bar_count = $1", [.integer(count)])
            }

            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }

            #expect(error.blocks.count == 3)
            #expect(try await fixture.store.forget(error).count == 3)
        }
    }

    /// A row that says that it begins in the middle of a stretch, beside the right one or in its place.
    @Test(arguments: TestDatabase.kinds, [true, false])
    func blockThatBeginsWhereNoStretchDoesIsDamaged(_ kind: TestDatabase.Kind, _ isBeside: Bool) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.store(Self.bars(Self.days), Self.days, settledEnd: "2025-06-07", series: Self.series)
            let start = Self.broken.start.nanoseconds
            try await fixture.test.database.write { transaction in
                let moved =
                    isBeside
                    ? """
                    INSERT INTO bars_packed
                    SELECT series_id, range_start + 3600000000000, last_at, last_at, bar_count, bars FROM bars_packed
                    WHERE range_start = $1
                    """
                    : "UPDATE bars_packed SET range_start = range_start + 3600000000000, first_at = last_at "
                        + "WHERE range_start = $1"
                try transaction.execute(moved, [.integer(start)])
            }

            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }
            #expect(error.blocks.map(\.stretch) == [Self.broken])

            // Whoever writes there gives it up as well as whoever reads.
            let noon = range("2025-06-04T12:00:00Z", "2025-06-05T00:00:00Z")
            try await fixture.store(Self.bars(noon), noon, settledEnd: "2025-06-07", series: Self.series)
            #expect(try await fixture.store.forget(error).isEmpty)
            let slice = try await fixture.everything(Self.series)
            #expect(!slice.coverage.all.contains(Self.broken))
            try await fixture.store(Self.bars(Self.broken), Self.broken, settledEnd: "2025-06-07", series: Self.series)
            #expect(try await fixture.everything(Self.series).records == Self.bars(Self.days))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func blocksInEachOthersPlacesAreDamaged(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.store(Self.bars(Self.days), Self.days, settledEnd: "2025-06-07", series: Self.series)
            let other = Series.of("NQ.c.0", .oneMinute)
            try await fixture.store(Self.bars(Self.days), Self.days, settledEnd: "2025-06-07", series: other)
            try await fixture.test.database.write { transaction in
                try transaction.execute(
                    """
                    UPDATE bars_packed SET bars = (
                        SELECT bars FROM bars_packed AS other WHERE other.series_id = 2
                            AND other.range_start = bars_packed.range_start
                    ) WHERE series_id = 1
                    """
                )
            }

            let error = try await #require(throws: DamagedBlocks.self) {
                _ = try await fixture.everything(Self.series)
            }

            #expect(error.blocks.count == 3)
            #expect(error.blocks[0].reason.contains("NQ.c.0"))
            #expect(try await fixture.everything(other).records == Self.bars(Self.days))
        }
    }
}
