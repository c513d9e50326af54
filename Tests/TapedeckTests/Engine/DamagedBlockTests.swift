import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import SQLDatabase
@testable import Tapedeck

/// What a bot sees of packed blocks that cannot be read.
@Suite struct DamagedBlockTests {
    /// A stretch of 1-minute bars is a day: the second of three.
    private static let days = ("2026-01-04T23:00:00Z", "2026-01-07T22:00:00Z")
    private static let damaged = ("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z")

    /// Lends a world that has bought the days, has forgotten them in memory, and whose blocks of `stretches` are spoiled.
    private static func with(
        _ kind: TestDatabase.Kind,
        symbols: [String] = ["ES.c.0"],
        days: (String, String) = Self.days,
        blocks: Int = 4,
        stretches: [String] = [Self.damaged.0],
        _ change: @Sendable (inout World.Settings) -> Void = { _ in },
        _ body: @escaping @Sendable (World, TimeRange) async throws -> Void
    ) async throws {
        var settings = try World.Settings(start: "2026-01-20T12:00:00Z")
        change(&settings)
        try await World.with(kind, settings) { first in
            let range = try first.range(days.0, days.1)
            for symbol in symbols {
                let bought = try await first.bars(range, .oneMinute, symbol: symbol)
                let truth = try first.truth(range, .oneMinute, symbol: symbol)
                #expect(bought.isComplete && bought.bars.values == truth)
            }
            let packed = try await first.soundStore.statistics().table("bars_packed")
            #expect(packed?.rowCount == blocks * symbols.count)
            for start in try stretches.map({ try Timestamp(parsing: $0) }) {
                let spoiled = try await first.soundStore.database.write { transaction in
                    try transaction.execute(
                        "UPDATE bars_packed SET bars = $1 WHERE range_start = $2",
                        [.blob([1, 2, 3]), .integer(start.nanoseconds)]
                    )
                }
                #expect(spoiled == symbols.count)
            }
            try await first.restarted { world in
                try await body(world, range)
            }
        }
    }

    private static func streamed(_ world: World, _ range: TimeRange) async throws -> [Bar] {
        var bars: [Bar] = []
        try await world.cache.streamBars(world.request(.range(range), .oneMinute)) {
            #expect($0.isComplete)
        } page: {
            bars += $0
        }
        return bars
    }

    @Test(arguments: TestDatabase.kinds)
    func aReadIsAnsweredWholeAndTheStretchIsBoughtOnce(_ kind: TestDatabase.Kind) async throws {
        try await Self.with(kind) { world, range in
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for _ in 0..<8 { group.addTask { try await world.bars(range, .oneMinute) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            let truth = try world.truth(range, .oneMinute)
            #expect(answers.allSatisfy { $0.isComplete && $0.bars.values == truth })
            let damaged = try world.range(Self.damaged.0, Self.damaged.1)
            #expect(world.provider.purchases.map(\.range) == [damaged])
            #expect(world.cache.statistics().damagedBlocks == 1)
            #expect(try await world.bars(range, .oneMinute).bars.values == truth)
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func theNewestBarsAreFoundAroundIt(_ kind: TestDatabase.Kind) async throws {
        try await Self.with(kind) { world, _ in
            let part = try world.range("2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z")
            let answer = try await world.bars(part, .fifteenMinutes)

            let truth = try world.truth(part, .fifteenMinutes)
            #expect(answer.isComplete && answer.bars.values == truth)
            #expect(world.cache.statistics().damagedBlocks == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func aStreamIsWholeToo(_ kind: TestDatabase.Kind) async throws {
        try await Self.with(kind) { world, range in
            let bars = try await Self.streamed(world, range)
            let truth = try world.truth(range, .oneMinute)
            #expect(bars.values == truth)
            #expect(world.provider.purchases.count == 1)
        }
    }

    /// Its blocks are first read when the head is sent already.
    @Test(arguments: TestDatabase.kinds)
    func aStreamOfMoreThanGoesIntoMemoryIsWholeToo(_ kind: TestDatabase.Kind) async throws {
        let stretches = [Self.damaged.0, Self.damaged.1]
        try await Self.with(kind, stretches: stretches) {
            $0.cache.barsMax = 400
            $0.cache.pageBarsMax = 250
        } _: { world, range in
            let streams = try await withThrowingTaskGroup(of: [Bar].self) { group in
                for _ in 0..<3 { group.addTask { try await Self.streamed(world, range) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let truth = try world.truth(range, .oneMinute)
            #expect(streams.allSatisfy { $0.values == truth })
            #expect(world.cache.statistics().damagedBlocks == 2)
            let bought = RangeSet(world.provider.purchases.map(\.range))
            #expect(bought == RangeSet(try world.range(Self.damaged.0, Self.days.1)))
        }
    }

    @Test func aStreamWhoseDamagedStretchCannotBeBoughtSaysWhy() async throws {
        try await Self.with(.sqliteMemory) {
            $0.cache.barsMax = 400
            $0.cache.pageBarsMax = 250
        } _: { world, range in
            world.simulated.failNext(1, with: ProviderError(.unavailable, "the line is dead"), only: .bars)
            let error = await #expect(throws: TapedeckError.self) { _ = try await Self.streamed(world, range) }
            #expect(error?.message.contains("the line is dead") == true)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func theNewestBarsAreLookedForBehindAnyNumberOfThem(_ kind: TestDatabase.Kind) async throws {
        // On Saturday nobody trades. Two blocks are looked at in one go.
        let days = ["04", "05", "06", "07", "08", "09", "11", "12"]
        let stretches = days.map { "2026-01-\($0)T00:00:00Z" }
        let span = (Self.days.0, "2026-01-12T22:00:00Z")
        try await Self.with(kind, days: span, blocks: 8, stretches: stretches) { world, range in
            let series = try Series(provider: world.provider.id, symbol: "ES.c.0", timeframe: .oneMinute)
            let slice = try await world.cache.core.store.recentBars(series, before: range.end, count: 100)
            let saturday = try world.range("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z")
            #expect(slice.records.isEmpty && slice.coverage.all == RangeSet(saturday))
            #expect(world.cache.statistics().damagedBlocks == 8)

            let asked = try world.range("2026-01-12T12:00:00Z", "2026-01-12T22:00:00Z")
            #expect(try await world.bars(asked, .oneMinute).bars.values == (try world.truth(asked, .oneMinute)))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func anyNumberOfSeriesReadAtOnceMayHaveThem(_ kind: TestDatabase.Kind) async throws {
        let symbols = ["ES.c.0", "NQ.c.0", "YM.c.0", "RTY.c.0", "CL.c.0"]
        try await Self.with(kind, symbols: symbols) { world, range in
            let parts = try symbols.map {
                (series: try Series(provider: world.provider.id, symbol: $0, timeframe: .oneMinute), range: range)
            }
            let known = try await world.cache.core.store.knownBars(of: parts)
            let damaged = try world.range(Self.damaged.0, Self.damaged.1)
            for (symbol, known) in zip(symbols, known) {
                let truth = try world.truth(range, .oneMinute, symbol: symbol)
                #expect(
                    known.isCertain && known.slice.records.values == truth.filter { !damaged.contains($0.timestamp) }
                )
            }
            #expect(world.cache.statistics().damagedBlocks == symbols.count)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func withAProviderThatFailsTheStretchIsMissingAndNothingElse(_ kind: TestDatabase.Kind) async throws {
        try await Self.with(kind) { world, range in
            world.simulated.failNext(1, with: ProviderError(.unavailable, "the line is dead"), only: .bars)
            let answer = try await world.bars(range, .oneMinute)

            let damaged = try world.range(Self.damaged.0, Self.damaged.1)
            let truth = try world.truth(range, .oneMinute)
            #expect(!answer.isComplete)
            #expect(RangeSet(answer.missing.map(\.range)) == RangeSet(damaged))
            #expect(answer.missing.allSatisfy { $0.detail.contains("the line is dead") })
            #expect(answer.bars.values == truth.filter { !damaged.contains($0.timestamp) })
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whileTheDatabaseTakesNoWritesTheErrorNamesTheBlock(_ kind: TestDatabase.Kind) async throws {
        try await Self.with(kind) { world, range in
            world.faults.fault = .unwritable
            do {
                _ = try await world.bars(range, .oneMinute)
                Issue.record("the read should have failed")
            } catch let error as TapedeckError {
                #expect(error.code == .databaseUnavailable)
                #expect(error.message.contains(Self.damaged.0) && error.message.contains("damaged"))
            }
            let around = try world.range(Self.days.0, Self.damaged.0)
            #expect(try await world.bars(around, .oneMinute).bars.values == (try world.truth(around, .oneMinute)))
            #expect(world.provider.purchases.isEmpty)

            await world.repair()
            let answer = try await world.bars(range, .oneMinute)
            let truth = try world.truth(range, .oneMinute)
            #expect(answer.isComplete && answer.bars.values == truth)
        }
    }
}
