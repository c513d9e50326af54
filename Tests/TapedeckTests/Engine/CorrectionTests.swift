import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct CorrectionTests {
    private func settings(checksByItself: Bool = true) throws -> World.Settings {
        var settings = try World.Settings(start: "2026-01-13T12:00:30Z")
        if !checksByItself { settings.cache.changedDaysInterval = .seconds(366 * 86_400) }
        settings.provider.market.correctedDaysShare = 1
        settings.provider.market.correctedMinutesShare = 0.02
        settings.provider.market.correctionDelayDays = 2
        return settings
    }

    @Test(arguments: TestDatabase.kinds)
    func refreshTellsWhatChanged(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let before = try await world.bars(range)
            let unchanged = try await world.cache.refresh(world.request(.range(range)))
            world.advance(.seconds(3 * 86_400))
            #expect(try await world.bars(range).bars == before.bars, "what is final is not asked for again by itself")
            let changed = try await world.cache.refresh(world.request(.range(range)))
            let after = try await world.bars(range)

            #expect(unchanged.revised.isEmpty && unchanged.unchanged == before.bars.count && unchanged.inserted == 0)
            #expect(!changed.revised.isEmpty && changed.missing.isEmpty)
            #expect(changed.revised.allSatisfy { $0.revision == 2 && $0.isFinal })
            #expect(changed.revised.count + changed.unchanged == before.bars.count)
            #expect(after.bars.values == (try world.truth(range)) && after.tier == .memory)
            #expect(after.bars.filter { $0.revision == 2 } == changed.revised)
            #expect(unchanged.changes.isEmpty)
            #expect(changed.changes.compactMap(\.after) == changed.revised)
            let old = before.bars.filter { bar in changed.revised.contains { $0.timestamp == bar.timestamp } }
            #expect(changed.changes.compactMap(\.before) == old)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func changedDaysAreBoughtAnewOnceADay(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings(checksByItself: false)) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let before = try await world.bars(range)
            let check = ChangedDaysCheck(core: world.cache.core)

            #expect(try await check.run() == 0, "nothing has changed yet")
            world.advance(.seconds(2 * 86_400))
            let bought = try await check.run()
            let callsAfter = world.simulated.callCounts[.changedDays]
            #expect(try await check.run() == 0)
            #expect(world.simulated.callCounts[.changedDays] == callsAfter, "asked at most once a day")
            let after = try await world.bars(range)
            world.advance(.seconds(2 * 86_400))
            let later = try await check.run()
            world.advance(.seconds(2 * 86_400))
            let latest = try await check.run()

            #expect(bought >= 1)
            #expect(before.bars != after.bars)
            #expect(after.bars.values == (try world.truth(range)))
            #expect(later == 1, "the provider tells the day of a change, and that was the day of the fetch")
            #expect(latest == 0, "what was fetched on a later day than it was changed is not bought again")
        }
    }

    @Test func dayThatWasEmptyWhenItWasFetchedIsBoughtAnewToo() async throws {
        var settings = try self.settings(checksByItself: false)
        settings.provider.market.quietShare = 1
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let empty = try await world.bars(range, .oneMinute)
            world.advance(.seconds(2 * 86_400))
            let check = ChangedDaysCheck(core: world.cache.core)

            #expect(empty.bars.isEmpty && empty.isComplete)
            #expect(try await check.run() == 1, "the day was changed before the first check")
            world.advance(.seconds(2 * 86_400))
            #expect(
                try await check.run() == 1,
                "the provider tells the day of a change, and that was the day of the check"
            )
            world.advance(.seconds(2 * 86_400))
            #expect(try await check.run() == 0)
        }
    }

    @Test func checkRunsByItselfWhileTheCacheRuns() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            _ = try await world.bars(range)
            let bought = world.provider.purchases.count
            await world.sleepers(besidesIdle: 0)
            world.advance(.seconds(2 * 86_400))
            while world.provider.purchases.count == bought { await Task.yield() }
            while world.cache.statistics().flights > 0 { await Task.yield() }

            #expect(try await world.bars(range).bars.values == (try world.truth(range)))
        }
    }

    @Test func failedCheckIsRepeated() async throws {
        try await World.with(.sqliteMemory, self.settings(checksByItself: false)) { world in
            world.provider.allowSettled()
            _ = try await world.bars(try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"))
            world.advance(.seconds(2 * 86_400))
            let check = ChangedDaysCheck(core: world.cache.core)
            world.simulated.failNext(1, with: ProviderError(.unavailable, "down"), only: .changedDays)

            #expect(try await check.run() == 0)
            #expect(try await check.run() > 0)
        }
    }
}
