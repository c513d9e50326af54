import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct DerivedTimeframeTests {
    @Test(arguments: TestDatabase.kinds)
    func aggregatedBarsEqualThoseThatTheMarketWouldGive(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            for timeframe in [
                Timeframe.fiveMinutes, .tenMinutes, .fifteenMinutes, .thirtyMinutes, .twoHours, .fourHours,
            ] {
                let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
                let answer = try await world.bars(range, timeframe)

                #expect(answer.bars == (try world.truth(range, timeframe)), "\(timeframe)")
                #expect(answer.isComplete && answer.series.timeframe == timeframe)
                #expect(try await world.bars(range, timeframe).tier == .memory)
            }
            #expect(
                world.provider.purchases.map(\.series.timeframe) == [.oneMinute],
                "the minutes that were bought for the first timeframe serve all of them"
            )
        }
    }

    @Test func rebuiltHourEqualsTheSoldHour() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            let minutes = try await world.bars(range, .oneMinute)
            let hours = try await world.bars(range, .oneHour)

            let rebuilt = try BarAggregation.aggregate(
                minutes.bars,
                from: .oneMinute,
                to: .oneHour,
                complete: RangeSet(range),
                final: RangeSet(range)
            )
            #expect(rebuilt == hours.bars)
        }
    }

    @Test func newestAggregatedBarsEndWithTheFormingOne() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let answer = try await world.last(12, .fourHours)
            let again = try await world.last(12, .fourHours)
            let range = try world.range("2026-01-09T00:00:00Z", "2026-01-14T16:00:00Z")

            #expect(answer.bars.values == Array(try world.truth(range, .fourHours).suffix(12)))
            #expect(answer.bars.map(\.isFinal) == Array(repeating: true, count: 11) + [false])
            #expect(answer.isComplete && !answer.isStale)
            #expect(again.bars == answer.bars && again.tier == .memory)
            #expect(world.provider.purchases.allSatisfy { $0.series.timeframe == .oneHour })
        }
    }

    @Test func newestAggregatedBarsAreFoundAcrossAWeekend() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-11T12:00:00Z")) { world in
            let answer = try await world.last(50, .fifteenMinutes)
            let bought = world.provider.purchases.count
            let again = try await world.last(50, .fifteenMinutes)

            #expect(answer.bars.count == 50 && answer.isComplete)
            #expect(again.bars == answer.bars && world.provider.purchases.count == bought)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func finerSeriesThatIsKnownIsUsedInPlaceOfBuyingTheCoarser(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(range, .oneMinute)
            let fromMemory = try await world.bars(range, .twoHours)

            #expect(fromMemory.bars == (try world.truth(range, .twoHours)))
            #expect(world.provider.purchases.count == 1)
            try await world.restarted { restarted in
                let fromDatabase = try await restarted.bars(range, .twoHours)
                #expect(fromDatabase.bars == fromMemory.bars && fromDatabase.tier == .database)
                #expect(restarted.provider.purchases.isEmpty)
            }
        }
    }

    @Test func periodThatIsHalfKnownHasNoBarWhileTheProviderIsDown() async throws {
        try await World.with(.sqliteFile, World.Settings()) { world in
            // The half hour of 06:30 is known in part, and past for long.
            _ = try await world.bars(try world.range("2026-01-13T00:00:00Z", "2026-01-13T06:40:00Z"), .oneMinute)
            try await world.restarted { restarted in
                restarted.simulated.failNext(5, with: ProviderError(.unavailable, "the line is dead"))
                let morning = try world.range("2026-01-13T00:00:00Z", "2026-01-13T12:00:00Z")
                let answer = try await restarted.bars(morning, .thirtyMinutes)
                let known = try world.range("2026-01-13T00:00:00Z", "2026-01-13T06:30:00Z")

                #expect(answer.bars.values == (try world.truth(known, .thirtyMinutes)))
                #expect(!answer.isComplete)
            }
        }
    }

    @Test func missingPartOfTheSourceLeavesOutTheBarsThatNeedIt() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.bars(try world.range("2026-01-13T00:00:00Z", "2026-01-13T06:00:00Z"))
            world.simulated.failNext(1, with: ProviderError(.unavailable, "down"), only: .bars)
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-13T12:00:00Z")

            let answer = try await world.bars(range, .fourHours)

            #expect(answer.bars == Array(try world.truth(range, .fourHours).prefix(1)))
            #expect(answer.missing.map(\.reason) == [.providerFailed(.unavailable)])
        }
    }
}
