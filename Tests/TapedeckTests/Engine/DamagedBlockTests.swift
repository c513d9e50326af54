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

    /// Lends a world that has bought the days, has forgotten them in memory, and whose block of the second is spoiled.
    private static func with(
        _ kind: TestDatabase.Kind,
        _ body: @escaping @Sendable (World, TimeRange) async throws -> Void
    ) async throws {
        try await World.with(kind, World.Settings(start: "2026-01-20T12:00:00Z")) { first in
            let range = try first.range(Self.days.0, Self.days.1)
            let bought = try await first.bars(range, .oneMinute)
            let truth = try first.truth(range, .oneMinute)
            #expect(bought.isComplete && bought.bars.values == truth)
            let blocks = try await first.soundStore.statistics().table("bars_packed")
            #expect(blocks?.rowCount == 4)
            let start = try Timestamp(parsing: Self.damaged.0)
            let spoiled = try await first.soundStore.database.write { transaction in
                try transaction.execute(
                    "UPDATE bars_packed SET bars = $1 WHERE range_start = $2",
                    [.blob([1, 2, 3]), .integer(start.nanoseconds)]
                )
            }
            #expect(spoiled == 1)
            try await first.restarted { world in
                try await body(world, range)
            }
        }
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
            let request = world.request(.range(range), .oneMinute)
            var bars: [Bar] = []
            try await world.cache.streamBars(request) {
                #expect($0.isComplete)
            } page: {
                bars += $0
            }
            let truth = try world.truth(range, .oneMinute)
            #expect(bars.values == truth)
            #expect(world.provider.purchases.count == 1)
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
