import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

/// Reads of the newest bars while the market is closed.
@Suite struct ClosedMarketTests {
    /// The questions that reached the provider.
    private func questions(_ world: World) -> Int {
        world.provider.purchases.count + world.provider.availabilityCount
    }

    /// A market that trades from 8:00 to 16:00 UTC on these days of the week, 0 for Monday.
    private func calendar(_ weekdays: Set<Int>) throws -> TradingCalendar {
        try TradingCalendar(zone: .utc, weekdays: weekdays, openSecond: 8 * 3_600, closeSecond: 16 * 3_600)
    }

    /// Friday's close is at 22:00 UTC, the opening on Sunday at 23:00.
    @Test(arguments: [Timeframe.oneMinute, .fiveMinutes, .oneHour, .fourHours])
    func weekendOfPollingAsksFourTimesAnHour(_ timeframe: Timeframe) async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-09T21:30:30Z")) { world in
            let night = try time("2026-01-10T02:00:00Z")
            let opening = try time("2026-01-11T23:00:00Z")
            while world.now < night {
                #expect(try await world.last(60, timeframe).bars.count == 60)
                world.advance(.seconds(60))
            }
            let first = try await world.last(60, timeframe)
            #expect(first.bars.values == (try world.truth(first.range, timeframe)))
            var closed: (polls: Int, questions: Int) = (0, 0)
            while world.now < opening {
                let before = self.questions(world)
                let answer = try await world.last(60, timeframe)
                closed.polls += 1
                closed.questions += self.questions(world) - before
                #expect(answer.bars == first.bars)
                #expect(!answer.isStale && answer.isComplete && answer.bars.allSatisfy(\.isFinal))
                #expect(answer.age <= .seconds(900))
                world.advance(.seconds(60))
            }

            #expect(closed.polls == 45 * 60)
            // Each time the end of the data and what has passed since: two questions.
            #expect(closed.questions <= 45 * 4 * 2)
            #expect(closed.questions >= 45 * 3 * 2, "it is asked every quarter of an hour")

            let answer = try await world.last(60, timeframe)
            #expect(world.now < opening.advancedSaturating(byNanoseconds: 60_000_000_000))
            #expect(answer.bars.last?.timestamp == timeframe.floor(opening), "the opening is seen at once")
        }
    }

    @Test func nothingIsSparedWithoutAnInterval() async throws {
        var settings = try World.Settings(start: "2026-01-10T12:00:30Z")
        settings.cache.freshness.closedRecheckInterval = .zero
        try await World.with(.sqliteMemory, settings) { world in
            for _ in 0..<20 {
                _ = try await world.last(60, .oneMinute)
                world.advance(.seconds(60))
            }

            #expect(world.provider.purchases.count >= 20)
        }
    }

    @Test func nothingIsSparedWhereTheHoursAreNotKnown() async throws {
        var settings = try World.Settings(start: "2026-01-10T12:00:30Z")
        settings.wrapping = { CalendarProvider(inner: $0, calendar: nil) }
        try await World.with(.sqliteMemory, settings) { world in
            for _ in 0..<20 {
                _ = try await world.last(60, .oneMinute)
                world.advance(.seconds(60))
            }

            #expect(world.provider.purchases.count >= 20)
        }
    }

    @Test func explicitRangeAlwaysAsks() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-10T12:00:30Z")) { world in
            for _ in 0..<10 {
                let before = world.provider.purchases.count
                let end = Timeframe.oneMinute.ceiling(world.now)
                _ = try await world.last(60, .oneMinute)
                let hour = TimeRange(end.advancedSaturating(byNanoseconds: -3_600_000_000_000), end)
                let answer = try await world.bars(try #require(hour), .oneMinute)

                #expect(answer.bars.isEmpty && answer.isComplete)
                #expect(world.provider.purchases.count > before)
                world.advance(.seconds(60))
            }
        }
    }

    @Test func sessionThatTheCalendarLacksIsSeenWithinTheIntervalAndThenFollowed() async throws {
        // It trades on Saturdays as well, which the provider does not know.
        var settings = try World.Settings(start: "2026-01-09T15:00:30Z")
        settings.provider.market.calendar = try self.calendar(Set(0...5))
        settings.provider.market.quietShare = 0
        let known = try self.calendar(Set(0...4))
        settings.wrapping = { CalendarProvider(inner: $0, calendar: known) }
        try await World.with(.sqliteMemory, settings) { world in
            let session = try world.range("2026-01-10T08:00:00Z", "2026-01-10T16:00:00Z")
            var firstSeen: Timestamp?
            while world.now < session.end {
                let answer = try await world.last(60, .oneMinute)
                let newest = try #require(answer.bars.last).timestamp
                if firstSeen == nil, newest >= session.start { firstSeen = world.now }
                if firstSeen != nil {
                    #expect(newest == Timeframe.oneMinute.floor(world.now), "a market that trades is followed")
                }
                world.advance(.seconds(60))
            }

            let seen = try #require(firstSeen)
            #expect(seen.nanoseconds - session.start.nanoseconds <= 16 * 60_000_000_000)
        }
    }

    @Test func whatCannotBeAskedForIsSaidOnceTheIntervalIsOver() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-10T12:00:30Z")) { world in
            _ = try await world.last(60, .oneMinute)
            world.simulated.failNext(1_000, with: ProviderError(.unavailable, "down"))
            world.advance(.seconds(600))
            let during = try await world.last(60, .oneMinute)
            world.advance(.seconds(600))
            let after = try await world.last(60, .oneMinute)

            #expect(during.isComplete && !during.isStale && during.tier == .memory && during.age == .seconds(600))
            #expect(!after.isComplete && after.isStale)
        }
    }

    @Test func explanationSaysThatNothingIsBought() async throws {
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-10T12:00:30Z")) { world in
            _ = try await world.last(60, .oneMinute)
            world.advance(.seconds(300))
            let explanation = try await world.cache.explain(world.request(.last(60), .oneMinute))

            #expect(explanation.stretches.map(\.source) == [.memory])
        }
    }
}
