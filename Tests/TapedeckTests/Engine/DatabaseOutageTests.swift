import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct DatabaseOutageTests {
    private let morning: TimeRange
    private let day: TimeRange

    init() throws {
        self.morning = try range("2026-01-14T08:00:00Z", "2026-01-14T12:00:00Z")
        self.day = try range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
    }

    @Test(arguments: TestDatabase.kinds)
    func whatIsBoughtMeanwhileIsAnsweredAndWrittenWhenTheDatabaseIsBack(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let before = try await world.last(24)
            world.faults.fault = .unreachable
            world.advance(.seconds(7_200))

            let during = try await world.last(24)
            let again = try await world.last(24)

            #expect(during.isComplete && !during.isStale && during.bars.count == 24)
            #expect(during.bars.last?.timestamp != before.bars.last?.timestamp)
            #expect(again.tier == .memory && again.bars == during.bars)
            #expect(world.provider.purchases.count == 2)
            let waiting = world.cache.statistics()
            #expect(waiting.databaseState.condition == .down && waiting.writeBehindRecords > 0)
            let begun = world.now

            world.advance(.seconds(600))
            await world.repair()

            let statistics = world.cache.statistics()
            #expect(statistics.writeBehindRecords == 0 && statistics.databaseOutages == 1)
            let ledger = try await world.soundStore.ledger(LedgerQuery())
            #expect(ledger.map(\.state) == [.done, .done])
            #expect(ledger.first?.startedAt == begun && ledger.first?.finishedAt == begun, "the true times")
            #expect(ledger.first?.figures.recordCount == 3)
            try await world.restarted { after in
                let range = during.range
                let stored = try await after.soundStore.bars(during.series, in: range, limit: nil)
                #expect(stored.records.values == during.bars.values)
                #expect(stored.coverage.provisional.map(\.fetchedAt) == [begun], "it is as old as it is")
            }
        }
    }

    @Test func onlyWhatCannotBeStoredAlreadyIsBought() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.bars(self.morning)
            world.cache.core.memory.invalidate(try world.series())
            world.faults.fault = .unreachable

            let known = await code { _ = try await world.bars(self.morning) }
            #expect(known == .databaseUnavailable, "it is stored, and memory has lost it")
            let earlier = try await world.bars(try range("2026-01-14T06:00:00Z", "2026-01-14T10:00:00Z"))
            #expect(earlier.bars.count == 2 && earlier.missing.map(\.reason) == [.databaseFailed])
            #expect(earlier.missing.map(\.range.start) == [self.morning.start])
            let unknown = await code { _ = try await world.bars(self.morning, symbol: "NQ.c.0") }
            #expect(unknown == .databaseUnavailable, "another worker may have stored it")
            #expect(world.provider.purchases.count == 2)

            world.advance(.seconds(3 * 3_600))
            let newer = try await world.bars(
                try range("2026-01-14T14:00:00Z", "2026-01-14T18:00:00Z"),
                symbol: "NQ.c.0"
            )
            #expect(
                newer.bars.map(\.timestamp) == [try time("2026-01-14T16:00:00Z"), try time("2026-01-14T17:00:00Z")]
            )
            #expect(newer.missing.map(\.range) == [try range("2026-01-14T14:00:00Z", "2026-01-14T16:00:00Z")])
        }
    }

    @Test func databaseThatTakesNoWritesStillAnswers() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.bars(self.day)
            world.cache.core.memory.invalidate(try world.series())
            world.faults.fault = .unwritable

            let stored = try await world.bars(self.day)
            let wider = try await world.bars(try range("2026-01-13T00:00:00Z", "2026-01-14T12:00:00Z"))
            world.cache.core.memory.invalidate(try world.series())
            let again = try await world.bars(try range("2026-01-13T00:00:00Z", "2026-01-14T12:00:00Z"))
            let recent = try await world.cache.core.store.recentBars(
                try world.series(),
                before: try time("2026-01-14T12:00:00Z"),
                count: 30
            )

            #expect(stored.isComplete && stored.tier == .database)
            let truth = try world.truth(wider.range)
            #expect(wider.isComplete && wider.bars.values == truth)
            #expect(again.bars == wider.bars, "what is pending is as good as stored")
            #expect(recent.records == Array(wider.bars.suffix(30)))
            #expect(world.provider.purchases.count == 2)
            #expect(world.cache.statistics().databaseState.condition == .readOnly)
            await world.repair()
        }
    }

    @Test func databaseThatIsDownIsNotAskedAgainByReads() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.last(24)
            world.faults.fault = .unreachable
            _ = await code { _ = try await world.bars(self.day) }
            let calls = world.faults.callCount

            for _ in 0..<20 { _ = await code { _ = try await world.bars(self.day, .oneMinute) } }

            #expect(world.faults.callCount == calls)
        }
    }

    @Test func shortOutageIsWaitedOut() async throws {
        var settings = try World.Settings()
        // Longer than the repair may take on the clock.
        settings.cache.outageGrace = .seconds(3_600)
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.bars(self.day)
            world.cache.core.memory.invalidate(try world.series())
            world.faults.fault = .unreachable
            async let reading = world.passingTime { try await world.bars(self.day) }
            while world.cache.statistics().databaseState.condition == .up { await Task.yield() }
            world.faults.fault = .none

            let answer = try await reading
            #expect(answer.isComplete && answer.tier == .database)
            await world.repair()

            world.cache.core.memory.invalidate(try world.series())
            world.faults.fault = .unreachable
            async let refused = code { _ = try await world.bars(self.day) }
            await world.sleepers(besidesIdle: 2)  // the recovery, and the read
            world.advance(.seconds(3_600))
            #expect(await refused == .databaseUnavailable)
            await world.repair()
        }
    }

    /// The day's bars, asked for before the database goes and delivered afterwards.
    private func boughtWhileTheDatabaseGoes(_ world: World) async throws -> BarsAnswer {
        world.provider.gate.close()
        async let reading = world.bars(self.day)
        while world.provider.gate.heldCount == 0 { await Task.yield() }
        world.faults.fault = .unreachable
        world.provider.gate.open()
        return try await reading
    }

    @Test func purchaseUnderWayIsKeptWhenTheDatabaseGoes() async throws {
        var settings = try World.Settings()
        settings.provider.pieceRecordsMax = 5
        try await World.with(.sqliteMemory, settings) { world in
            let answer = try await self.boughtWhileTheDatabaseGoes(world)

            let truth = try world.truth(self.day)
            #expect(answer.isComplete && answer.bars.values == truth)
            await world.repair()
            let ledger = try await world.soundStore.ledger(LedgerQuery())
            #expect(ledger.map(\.figures.recordCount) == [answer.bars.count])
            let stored = try await world.soundStore.bars(try world.series(), in: self.day, limit: nil)
            #expect(stored.records == answer.bars && stored.coverage.final.contains(self.day))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whatWasCommittedWithoutAnAnswerIsNotWrittenTwice(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            world.faults.fault = .losesAnswers
            let answer = try await world.bars(self.day)
            await world.repair()

            let ledger = try await world.soundStore.ledger(LedgerQuery())
            #expect(ledger.map(\.state) == [.done])
            #expect(ledger.map(\.figures.recordCount) == [answer.bars.count])
            let stored = try await world.soundStore.bars(try world.series(), in: self.day, limit: nil)
            #expect(stored.records == answer.bars && stored.records.allSatisfy { $0.revision == 1 })
        }
    }

    /// Its lease went with the commit, so that it is refused when it is written once more.
    @Test(arguments: TestDatabase.kinds)
    func whatWaitedAndWasCommittedWithoutAnAnswerIsNotLost(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let answer = try await self.boughtWhileTheDatabaseGoes(world)
            world.faults.fault = .losesAnswers
            let writes = world.faults.writeCount
            while world.faults.writeCount < writes + 3 {
                world.advanceIfSlept()
                await Task.yield()
            }
            await world.repair()

            #expect(world.cache.statistics().writeBehindDropped == 0)
            let ledger = try await world.soundStore.ledger(LedgerQuery())
            #expect(ledger.map(\.figures.recordCount) == [answer.bars.count])
            // What is remembered for the next outage knows of it.
            world.faults.fault = .unreachable
            world.cache.core.memory.invalidate(try world.series())
            #expect(await code { _ = try await world.bars(self.day) } == .databaseUnavailable)
            #expect(world.provider.purchases.count == 1)
            await world.repair()
        }
    }

    @Test func nothingMoreIsBoughtThanMayWait() async throws {
        var settings = try World.Settings()
        settings.cache.writeBehindRecordsMax = 30
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.last(3)
            world.faults.fault = .unwritable
            _ = try await world.bars(self.day)
            let refused = await code { _ = try await world.bars(self.day, symbol: "NQ.c.0") }
            let purchases = world.provider.purchases.count

            #expect(refused == .databaseUnavailable)
            #expect(purchases == 2)
            #expect(world.cache.statistics().writeBehindRecords <= 30)
            await world.repair()
            #expect(try await world.bars(self.day, symbol: "NQ.c.0").isComplete)
        }
    }

    @Test func pieceWithoutRoomWaitsUntilItIsWritten() async throws {
        var settings = try World.Settings()
        settings.cache.writeBehindRecordsMax = 8
        settings.provider.pieceRecordsMax = 5
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.gate.close()
            async let reading = world.bars(self.day)
            while world.provider.gate.heldCount == 0 { await Task.yield() }
            world.faults.fault = .unwritable
            world.provider.gate.open()
            while world.cache.statistics().writeBehindRecords < 5 { await Task.yield() }
            world.faults.fault = .none
            while world.cache.statistics().flights > 0 {
                world.advanceIfSlept()
                await Task.yield()
            }
            let answer = try await reading

            let truth = try world.truth(self.day)
            #expect(answer.isComplete && answer.bars.values == truth)
            #expect(world.cache.statistics().writeBehindDropped == 0)
            await world.repair()
            let stored = try await world.soundStore.bars(try world.series(), in: self.day, limit: nil)
            #expect(stored.records == answer.bars)
        }
    }

    @Test func refreshIsRefusedWhileNothingCanBeWritten() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let first = try await world.bars(self.day)
            world.faults.fault = .unwritable
            let answer = try await world.cache.bars(world.request(.range(self.day), refresh: true))

            #expect(answer.bars == first.bars)
            #expect(world.provider.purchases.count == 1)
            await world.repair()
        }
    }

    @Test func workerThatMustNotBuyWithoutTheDatabaseDoesNot() async throws {
        var settings = try World.Settings()
        settings.cache.buysWithoutDatabase = false
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.last(24)
            world.faults.fault = .unwritable
            world.advance(.seconds(7_200))
            let answer = try await world.last(24)

            #expect(answer.bars.count == 24 && answer.missing.contains { $0.reason == .databaseFailed })
            #expect(world.provider.purchases.count == 1)
            await world.repair()
        }
    }

    @Test func newestPricesGoThroughAndAreStoredLater() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let request = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")
            _ = try await world.cache.quote(request)
            world.faults.fault = .unreachable
            _ = await code {
                _ = try await world.cache.quote(LatestRequest(symbol: "NQ.c.0", client: "t", requestID: "r"))
            }
            #expect(world.provider.latestCount == 1, "the database may hold a fresh one")
            world.advance(.seconds(400))

            let renewed = try await world.cache.quote(request)
            let unknown = try await world.cache.quote(LatestRequest(symbol: "NQ.c.0", client: "t", requestID: "r"))

            #expect(!renewed.isStale && !unknown.isStale && world.provider.latestCount == 3)
            let fetched = world.now
            world.advance(.seconds(60))
            await world.repair()
            let stored = try await world.soundStore.latestQuote(provider: world.provider.id, symbol: "ES.c.0")
            #expect(stored.quote?.record == renewed.quote && stored.askedAt == fetched)
            #expect(try await world.soundStore.ledger(LedgerQuery()).map(\.state) == [.done, .done, .done])
        }
    }

    @Test func clearingWaitsForWhatIsPending() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            world.faults.fault = .unwritable
            _ = try await world.bars(self.day)
            world.faults.fault = .none

            let refused = await code { _ = try await world.cache.clear(.all) }
            #expect(refused == .databaseUnavailable)
            await world.repair()
            _ = try await world.cache.clear(.all)
            world.provider.allowSettled()
            #expect(try await world.bars(self.day).tier == .provider)
        }
    }

    @Test func whatCannotBeWrittenAtTheEndIsCounted() async throws {
        try await World.with(.sqliteMemory, World.Settings(), runs: false) { world in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await world.cache.run() }
                world.faults.fault = .unwritable
                _ = try? await world.bars(self.day)
                group.cancelAll()
            }
            let statistics = world.cache.statistics()
            #expect(statistics.writeBehindDropped == 23 && statistics.writeBehindRecords == 0)
        }
    }
}

extension World {
    func series(_ symbol: String = "ES.c.0", _ timeframe: Timeframe = .oneHour) throws -> Series {
        try Series(provider: self.provider.id, symbol: symbol, timeframe: timeframe)
    }
}
