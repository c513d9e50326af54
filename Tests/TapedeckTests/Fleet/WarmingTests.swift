import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

/// Two caches over one database that tell each other what they store.
@Suite(.timeLimit(.minutes(5))) struct WarmingTests {
    private func settings(
        _ policy: WarmingPolicy = .all,
        correcting: Bool = false
    ) throws -> World.Settings {
        var settings = try World.Settings()
        settings.bus = FleetBus()
        settings.cache.fleet.warming = policy
        settings.cache.changedDaysInterval = .seconds(366 * 86_400)
        if correcting {
            settings.provider.market.correctedDaysShare = 1
            settings.provider.market.correctedMinutesShare = 0.02
            settings.provider.market.correctionDelayDays = 2
        }
        return settings
    }

    private func isListening(_ world: World) -> Bool { world.cache.statistics().fleet.compares > 0 }

    /// Returns once memory holds nothing of what a refresh has replaced.
    private func untilNothingOld(of change: RefreshAnswer, isHeldBy world: World, _ series: Series, _ range: TimeRange)
        async
    {
        await world.until {
            world.cache.core.memory.held(series, in: range).bars.allSatisfy { held in
                !change.revised.contains { $0.timestamp == held.timestamp && $0 != held }
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func whatOneBuysIsInTheMemoryOfTheOther(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { first in
            try await first.restarted { second in
                await second.until { self.isListening(second) }
                let bought = try await first.last(24)
                await second.until { second.cache.statistics().fleet.warmed > 0 }

                let answer = try await second.last(24)

                #expect(bought.tier == .provider)
                #expect(answer.tier == .memory)
                #expect(answer.bars == bought.bars)
                #expect(second.provider.purchases.isEmpty)
                #expect(second.provider.availabilityCount == 0, "the end of the provider's data is told, too")
                #expect(first.cache.statistics().fleet.warmed == 0, "own notices are ignored")
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds, WarmingPolicy.allCases)
    func correctionReplacesWhatTheOtherHolds(_ kind: TestDatabase.Kind, _ policy: WarmingPolicy) async throws {
        try await World.with(kind, self.settings(policy, correcting: true)) { first in
            try await first.restarted { second in
                first.provider.allowSettled()
                await second.until { self.isListening(second) }
                let range = try first.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
                let series = try Series(
                    provider: first.settings.provider.id,
                    symbol: "ES.c.0",
                    timeframe: .oneHour
                )
                let before = try await first.bars(range)
                #expect(try await second.bars(range).bars == before.bars)
                first.advance(.seconds(3 * 86_400))

                let change = try await first.cache.refresh(first.request(.range(range)))
                await self.untilNothingOld(of: change, isHeldBy: second, series, range)

                let after = try await second.bars(range)
                #expect(!change.revised.isEmpty)
                #expect(after.bars.filter { $0.revision == 2 } == change.revised)
                #expect(after.tier == (policy == .none ? .database : .memory))
            }
        }
    }

    @Test func seriesThatNobodyAskedForIsLeftAloneWhereOnlyHeldOnesAreWarmed() async throws {
        try await World.with(.sqliteFile, self.settings(.held)) { first in
            try await first.restarted { second in
                await second.until { self.isListening(second) }
                _ = try await second.last(24, symbol: "NQ.c.0")

                _ = try await first.last(24, symbol: "ES.c.0")
                _ = try await first.last(30, symbol: "NQ.c.0")
                await second.until { second.cache.statistics().fleet.warmed > 0 }

                let symbols = Set(second.cache.core.memory.heldVersions.map(\.series.symbol))
                #expect(symbols == ["NQ.c.0"])
            }
        }
    }

    /// Nobody tells of the last commit of a worker that was killed behind it.
    @Test(arguments: TestDatabase.sharedKinds, [true, false])
    func deathBetweenACommitAndItsNoticeIsNoticed(_ kind: TestDatabase.Kind, wasHeardBefore: Bool) async throws {
        var settings = try self.settings(correcting: true)
        // Known workers are missed when they fall silent; of others only time tells.
        settings.cache.fleet.comparisonAgeMax = wasHeardBefore ? .seconds(366 * 86_400) : .seconds(1)
        try await World.with(kind, settings) { first in
            first.channel?.setDumb(!wasHeardBefore)
            try await first.restarted { second in
                first.provider.allowSettled()
                await second.until { self.isListening(second) }
                let range = try first.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
                let series = try Series(provider: first.settings.provider.id, symbol: "ES.c.0", timeframe: .oneHour)
                _ = try await first.bars(range)
                _ = try await second.bars(range)
                first.advance(.seconds(3 * 86_400))
                if wasHeardBefore {
                    _ = try await first.last(3)
                    await second.until { second.cache.statistics().fleet.peers == 1 }
                }

                first.channel?.setDumb(true)
                let change = try await first.cache.refresh(first.request(.range(range)))
                await self.untilNothingOld(of: change, isHeldBy: second, series, range)

                let after = try await second.bars(range)
                #expect(!change.revised.isEmpty)
                #expect(after.bars.filter { $0.revision == 2 } == change.revised)
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func missedMessageIsNoticedByTheNextOne(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings(correcting: true)) { first in
            try await first.restarted { second in
                first.provider.allowSettled()
                await second.until { self.isListening(second) }
                let range = try first.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
                _ = try await first.bars(range)
                _ = try await second.bars(range)
                // So that the second has heard a message before those that it will miss.
                await second.until { second.cache.statistics().fleet.heard > 0 }
                first.advance(.seconds(3 * 86_400))

                second.channel?.deafen()
                let change = try await first.cache.refresh(first.request(.range(range)))
                await first.until { first.cache.core.sender.isQuiet }
                second.channel?.hear()
                _ = try await first.last(5, symbol: "NQ.c.0")
                await second.until { second.cache.statistics().fleet.missed > 0 }
                await second.until { second.cache.statistics().fleet.reloads > 0 }

                let after = try await second.bars(range)
                #expect(after.bars.filter { $0.revision == 2 } == change.revised)
            }
        }
    }

    /// What is read for the first commit is as of the second, whose range it does not have.
    @Test(arguments: TestDatabase.sharedKinds)
    func whatWasCommittedBeforeAnEarlierNoticeWasReadIsWarmedToo(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { first in
            first.provider.allowSettled()
            let ranges = [
                try first.range("2026-01-12T00:00:00Z", "2026-01-12T12:00:00Z"),
                try first.range("2026-01-12T12:00:00Z", "2026-01-13T00:00:00Z"),
            ]
            for range in ranges { _ = try await first.bars(range) }
            // So that the second hears of them from the test alone.
            await first.until { first.cache.core.sender.isQuiet }
            let version = try #require(first.cache.core.memory.heldVersions.first?.version)
            #expect(version.known == 2)
            let messages = [0, 1, 1].enumerated().map { number, place in
                let notice = StoredNotice(
                    seriesID: version.seriesID,
                    versions: Int64(place + 1)...Int64(place + 1),
                    range: ranges[place],
                    isWarm: true,
                    horizon: nil
                )
                return FleetMessage(sender: WorkerID(1), number: Int64(number + 1), entries: [.stored(notice)])
            }
            try await first.restarted { second in
                await second.until { self.isListening(second) }
                for message in messages.prefix(2) {
                    await second.cache.core.receiver.take(.notice(message.text))
                    await second.until { second.cache.statistics().fleet.warmed == message.number }
                }

                let answers = [try await second.bars(ranges[0]), try await second.bars(ranges[1])]
                #expect(answers.map(\.tier) == [.memory, .memory])
                // Told again, the second brings nothing new.
                await second.cache.core.receiver.take(.notice(messages[2].text))
                #expect(second.cache.core.receiver.state.withLock { $0.warming.isIdle })
            }
        }
    }

    @Test func anotherDatabaseBehindAFailoverEmptiesMemory() async throws {
        try await World.with(.sqliteFile, self.settings()) { world in
            await world.until { self.isListening(world) }
            _ = try await world.last(24)
            #expect(world.cache.statistics().barsHeld > 0)

            world.channel?.close()
            await world.until { world.cache.statistics().fleet.losses > 0 }
            world.channel?.open(timeline: 2)
            await world.until { world.cache.statistics().barsHeld == 0 }

            #expect(try await world.last(24).tier == .database)
        }
    }

    @Test func clearedSeriesLeavesTheOthersMemory() async throws {
        try await World.with(.sqliteFile, self.settings()) { first in
            try await first.restarted { second in
                first.provider.allowSettled()
                await second.until { self.isListening(second) }
                _ = try await first.last(24)
                await second.until { second.cache.statistics().barsHeld > 0 }

                _ = try await first.cache.clear(.symbol("ES.c.0"))

                await second.until { second.cache.statistics().barsHeld == 0 }
            }
        }
    }

    @Test func whatCouldNotBeToldIsToldLater() async throws {
        try await World.with(.sqliteFile, self.settings()) { first in
            try await first.restarted { second in
                await second.until { self.isListening(second) }
                first.channel?.setDumb(true)
                _ = try await first.last(24)
                await first.until { first.cache.statistics().fleet.sendFailures > 0 }
                #expect(second.cache.statistics().fleet.heard == 0)

                first.channel?.setDumb(false)
                await second.until { second.cache.statistics().fleet.warmed > 0 }

                #expect(try await second.last(24).tier == .memory)
            }
        }
    }
}
