import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct RecentReadTests {
    @Test(arguments: TestDatabase.kinds)
    func newestBarsAreBoughtOnceAndThenHeld(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let first = try await world.last(24)
            let second = try await world.last(24)
            let fewer = try await world.last(5)

            let day = try world.range("2026-01-10T00:00:00Z", "2026-01-14T16:00:00Z")
            #expect(first.bars.values == Array(try world.truth(day).suffix(24)))
            #expect(first.bars.map(\.isFinal) == Array(repeating: true, count: 23) + [false])
            #expect(first.isComplete && !first.isStale && first.tier == .provider)
            #expect(first.range.end == day.end && first.range.start == first.bars[0].timestamp)
            #expect(second.bars == first.bars && second.tier == .memory)
            #expect(fewer.bars == Array(first.bars.suffix(5)) && fewer.tier == .memory)
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func weekendIsCrossedWithOnePurchase(_ kind: TestDatabase.Kind) async throws {
        // Saturday noon: the market closed on Friday at 22:00 UTC.
        try await World.with(kind, World.Settings(start: "2026-01-10T12:00:00Z")) { world in
            let first = try await world.last(24)
            let again = try await world.last(24)

            #expect(first.bars.count == 24 && first.isComplete)
            #expect(first.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-09T21:00:00Z")))
            #expect(again.tier == .memory)
            #expect(world.provider.purchases.count == 1)

            try await world.restarted { restarted in
                let answer = try await restarted.last(24)
                #expect(answer.bars == first.bars && answer.tier == .database)
                #expect(restarted.provider.purchases.isEmpty)
            }
        }
    }

    @Test func holidaysAreWalkedBackOnceAndStayKnown() async throws {
        // New Year's Day 2026 is a Thursday without a session.
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-01T20:00:00Z")) { world in
            let first = try await world.last(300, .oneMinute)
            let bought = world.provider.purchases.count
            let again = try await world.last(300, .oneMinute)

            #expect(first.bars.count == 300 && first.isComplete)
            #expect(again.bars == first.bars)
            #expect(world.provider.purchases.count == bought)
            #expect(bought <= 5)
        }
    }

    @Test func quietSymbolIsNotBoughtAgain() async throws {
        var settings = try World.Settings()
        settings.provider.market.quietShare = 0.8
        try await World.with(.sqliteMemory, settings) { world in
            let first = try await world.last(10, .oneMinute, symbol: "QUIET")
            let bought = world.provider.purchases.count
            let again = try await world.last(10, .oneMinute, symbol: "QUIET")
            world.advance(.seconds(120))
            let later = try await world.last(10, .oneMinute, symbol: "QUIET")

            #expect(first.bars.count == 10 && first.isComplete)
            #expect(first.range.nanoseconds > 60 * Timeframe.oneMinute.nanoseconds, "the symbol is quiet indeed")
            #expect(again.bars == first.bars && again.tier != .provider)
            #expect(later.bars.count == 10)
            #expect(world.provider.purchases.count == bought + 1, "only the newest two minutes were unknown")
        }
    }

    @Test func seriesThatBeginsHasFewerBarsAndIsComplete() async throws {
        var settings = try World.Settings()
        settings.provider.market.start = try Timestamp(parsing: "2026-01-13T00:00:00Z")
        try await World.with(.sqliteMemory, settings) { world in
            let answer = try await world.last(100)
            let again = try await world.last(100)

            #expect(answer.bars.count < 100 && answer.isComplete && answer.reachesSeriesStart)
            #expect(answer.bars.values == (try world.truth(answer.range)))
            #expect(again.bars == answer.bars && again.tier == .memory && again.reachesSeriesStart)
        }
    }

    @Test func searchEndsAtTheLookbackLimit() async throws {
        var settings = try World.Settings()
        settings.provider.market.quietShare = 1
        settings.cache.recentLookback.belowHourDaysMax = 5
        try await World.with(.sqliteMemory, settings) { world in
            let answer = try await world.last(5000, .oneMinute)
            let bought = world.provider.purchases.count
            _ = try await world.last(5000, .oneMinute)

            #expect(!answer.isComplete && !answer.reachesSeriesStart)
            #expect(answer.missing.map(\.reason) == [.lookbackLimit])
            #expect(world.provider.purchases.count == bought)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func olderStoredBarsAreNoPartOfASearchThatEndedAtItsLimit(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.cache.recentLookback.hourDaysMax = 10
        // What is searched does not fit into memory: the database answers.
        settings.cache.barsMax = 100
        try await World.with(kind, settings) { world in
            let old = try world.range("2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z")
            let held = try await world.bars(old)

            let answer = try await world.last(1_000)
            let again = try await world.last(1_000)

            #expect(held.bars.count == 23)
            #expect(answer.bars.allSatisfy { answer.range.contains($0.timestamp) })
            #expect(answer.bars.values == (try world.truth(answer.range)))
            #expect(answer.missing.map(\.reason) == [.lookbackLimit])
            #expect(again.bars == answer.bars)
        }
    }

    @Test func searchSkipsWhatIsKnownAlready() async throws {
        var settings = try World.Settings()
        settings.provider.market.quietShare = 0.8
        try await World.with(.sqliteFile, settings) { world in
            _ = try await world.bars(
                try world.range("2026-01-12T00:00:00Z", "2026-01-14T15:31:00Z"),
                .oneMinute,
                symbol: "QUIET"
            )
            try await world.restarted { restarted in
                let answer = try await restarted.last(10, .oneMinute, symbol: "QUIET")

                #expect(answer.bars.count == 10 && answer.tier == .database)
                #expect(restarted.provider.purchases.isEmpty)
            }
        }
    }

    /// A bot asks for the last day every minute, for a week.
    @Test func pollingBuysOnlyWhatExpired() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-09T12:00:30Z")) { world in
            let minutes = 7 * 24 * 60
            for _ in 0..<minutes {
                let answer = try await world.last(24)
                #expect(answer.bars.count == 24 && answer.isComplete)
                world.advance(.seconds(60))
            }
            let answer = try await world.last(24)
            let truth = try world.truth(try world.range("2026-01-14T00:00:00Z", "2026-01-16T13:00:00Z"))

            #expect(answer.bars.values == Array(truth.suffix(24)))
            #expect(answer.bars.dropLast().allSatisfy { $0.isFinal })
            // A forming hour is renewed every five minutes, so a purchase every fifth minute is what it takes.
            #expect(world.provider.purchases.count <= minutes / 5 + 4)
            #expect(world.provider.purchases.dropFirst(3).allSatisfy { $0.range.nanoseconds <= 2 * 3_600_000_000_000 })
        }
    }

    @Test func pollingMinutesBuysOncePerPoll() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            for _ in 0..<120 {
                let answer = try await world.last(30, .oneMinute)
                #expect(answer.bars.count == 30 && answer.isComplete)
                world.advance(.seconds(60))
            }
            let polls = world.provider.purchases.dropFirst()

            #expect(polls.count <= 119 + 2)
            #expect(polls.allSatisfy { $0.range.nanoseconds <= 3 * Timeframe.oneMinute.nanoseconds })
        }
    }

    @Test func dayIsCutAtMidnightAndItsBarIsFinalOnceItIsOver() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-14T23:59:00Z")) { world in
            let before = try await world.last(3, .oneDay)
            world.advance(.seconds(3_600))
            let after = try await world.last(3, .oneDay)

            #expect(before.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-14T00:00:00Z")))
            #expect(before.bars.map(\.isFinal) == [true, true, false])
            #expect(after.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-15T00:00:00Z")))
            #expect(after.bars.map(\.isFinal) == [true, true, false])
            #expect(after.bars.values == (try world.truth(after.range, .oneDay)))
        }
    }

    @Test func newBarAppearsWhenItsPeriodBegins() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-14T15:58:30Z")) { world in
            _ = try await world.last(3)
            world.advance(.seconds(100))
            let answer = try await world.last(3)

            #expect(answer.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-14T16:00:00Z")))
            #expect(
                answer.bars.values
                    == (try world.truth(try world.range("2026-01-14T14:00:00Z", "2026-01-14T17:00:00Z"))),
                "the bar that was forming is renewed with the new one"
            )
            #expect(world.provider.purchases.count == 2)
        }
    }

    @Test func refreshOfTheNewestBarsBuysThemAgain() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let first = try await world.last(24)
            world.provider.allowSettled()
            let renewed = try await world.cache.bars(world.request(.last(24), refresh: true))

            #expect(renewed.bars == first.bars && renewed.tier == .provider)
            #expect(world.provider.purchases.last?.range == first.range)
        }
    }

    @Test(arguments: [Timeframe.oneHour, .fiveMinutes])
    func refreshOfUnknownNewestBarsBuysThemOnce(_ timeframe: Timeframe) async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let answer = try await world.cache.bars(world.request(.last(24), timeframe, refresh: true))

            #expect(answer.bars.count == 24 && answer.isComplete && answer.tier == .provider)
            #expect(answer.bars.values == (try world.truth(answer.range, timeframe)))
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test(arguments: [Timeframe.oneHour, .fiveMinutes])
    func refreshOfPartlyKnownNewestBarsBuysEachInstantOnce(_ timeframe: Timeframe) async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.last(60, timeframe)
            world.advance(.seconds(3 * 3_600))
            world.provider.forgetPurchases()
            world.provider.allowSettled()
            let answer = try await world.cache.bars(world.request(.last(60), timeframe, refresh: true))

            let bought = world.provider.purchases.map(\.range)
            let all = RangeSet(bought)
            #expect(answer.bars.count == 60 && answer.isComplete && answer.tier == .provider)
            #expect(answer.bars.values == (try world.truth(answer.range, timeframe)))
            #expect(bought.count == 2 && all.ranges.count == 1)
            #expect(try #require(all.bounds).start == answer.range.start)
            #expect(all.ranges[0].nanoseconds == bought.reduce(0) { $0 + $1.nanoseconds }, "no instant is bought twice")
        }
    }

    @Test func refreshThatTellsWhatChangedBuysEachInstantOnce() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let answer = try await world.cache.refresh(world.request(.last(24)))

            #expect(answer.inserted >= 24 && answer.unchanged == 0 && answer.missing.isEmpty)
            #expect(world.provider.purchases.count == 1)
        }
    }
}
