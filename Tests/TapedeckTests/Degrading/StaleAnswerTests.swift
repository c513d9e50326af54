import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

/// What a read is answered when what is held has expired and the provider is well, or slow.
@Suite struct StaleAnswerTests {
    private func settings(_ start: String = "2026-01-14T15:30:30Z") throws -> World.Settings {
        var settings = try World.Settings(start: start)
        settings.cache.softTimeout = .milliseconds(300)
        settings.cache.freshness.staleShare = 0.25
        settings.cache.freshness.refreshAheadShare = 1
        return settings
    }

    private func quote(_ maxAge: Duration? = nil) -> LatestRequest {
        LatestRequest(symbol: "ES.c.0", maxAge: maxAge, client: "test", requestID: "r")
    }

    /// Lets the renewal that waits begin, and waits for its end.
    private func finishRenewal(_ world: World) async {
        await world.sleepers(besidesIdle: 1)
        world.advance(.seconds(3))
        while world.cache.core.renewals.count > 0 { await Task.yield() }
    }

    // MARK: Shortly after the expiry

    @Test(arguments: TestDatabase.kinds)
    func newestBarsThatJustExpiredAreAnsweredAtOnceAndRenewedBehindIt(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            let first = try await world.last(24)
            world.advance(.seconds(300))
            let stale = try await world.last(24)
            let again = try await world.last(24)
            await self.finishRenewal(world)
            let renewed = try await world.last(24)

            #expect(stale.bars == first.bars && stale.isStale && !stale.isComplete && stale.tier == .memory)
            #expect(stale.missing.map(\.reason) == [.pending] && stale.age == .seconds(300))
            #expect(stale.missing.map(\.range) == [try world.range("2026-01-14T15:00:00Z", "2026-01-14T16:00:00Z")])
            #expect(again == stale)
            #expect(!renewed.isStale && renewed.isComplete && renewed.tier == .memory && renewed.age == .zero)
            #expect(renewed.bars.values == Array(try world.truth(renewed.range).suffix(24)))
            #expect(world.provider.purchases.count == 2, "one renewal for both")
            let statistics = world.cache.statistics()
            #expect(statistics.staleAnswers == 2 && statistics.revalidations == 1)
        }
    }

    @Test func rangeThatJustExpiredIsAnsweredAtOnce() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-14T18:00:00Z")
            let first = try await world.bars(range)
            world.advance(.seconds(374))
            let stale = try await world.bars(range)
            await self.finishRenewal(world)

            #expect(stale.bars == first.bars && stale.isStale)
            #expect(stale.missing.map(\.reason) == [.pending, .notAvailableYet])
            #expect(try await world.bars(range).isStale == false)
            #expect(world.provider.purchases.count == 2)
        }
    }

    /// The provider's end is asked for before anything is bought, so it expires first.
    ///
    /// A renewal of the newest bar alone would leave the one before it to a purchase of its own, then and ever after.
    @Test func barsThatAreNotFinalAreRenewedTogetherWhenOnlyTheEndHasExpired() async throws {
        try await World.with(.sqliteMemory, self.settings("2026-01-14T15:30:05Z")) { world in
            world.provider.gate.close()
            async let first = world.last(60, .oneMinute)
            while world.provider.purchases.isEmpty { await Task.yield() }
            world.advance(.seconds(1))
            world.provider.gate.open()
            let series = try await first.series
            let held = world.cache.core.memory.held(series, in: try await first.range).stretches.filter { !$0.isFinal }
            let unsettled = try #require(held.first)
            try #require(unsettled.range.nanoseconds > Timeframe.oneMinute.nanoseconds, "else it shows nothing")

            world.advance(.milliseconds(9_200))
            let answer = try await world.last(60, .oneMinute)
            await self.finishRenewal(world)

            #expect(answer.tier == .memory)
            #expect(world.provider.purchases.dropFirst().map(\.range) == [unsettled.range])
        }
    }

    @Test func whatExpiredLongerAgoIsWaitedFor() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            _ = try await world.last(24)
            world.advance(.seconds(375))
            let answer = try await world.last(24)

            #expect(!answer.isStale && answer.tier == .provider)
        }
    }

    @Test func barOfANewPeriodIsNeverLeftOut() async throws {
        try await World.with(.sqliteMemory, self.settings("2026-01-14T15:56:00Z")) { world in
            _ = try await world.last(3)
            world.advance(.seconds(301))
            let answer = try await world.last(3)

            #expect(answer.bars.last?.timestamp == (try time("2026-01-14T16:00:00Z")))
            #expect(!answer.isStale && answer.tier == .provider)
        }
    }

    @Test func aggregatedBarsThatJustExpiredAreAnsweredAtOnce() async throws {
        try await World.with(.sqliteMemory, self.settings("2026-01-14T15:31:05Z")) { world in
            let first = try await world.last(6, .fiveMinutes)
            world.advance(.seconds(11))
            let stale = try await world.last(6, .fiveMinutes)
            await self.finishRenewal(world)
            let renewed = try await world.last(6, .fiveMinutes)

            #expect(!first.isStale && stale.isStale && stale.bars == first.bars)
            #expect(!renewed.isStale && renewed.isComplete)
        }
    }

    @Test func quoteThatJustExpiredIsAnsweredAtOnceButNotToAPressingReader() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            let first = try await world.cache.quote(self.quote())
            world.advance(.seconds(301))
            let stale = try await world.cache.quote(self.quote())
            await self.finishRenewal(world)
            let renewed = try await world.cache.quote(self.quote())
            world.advance(.seconds(61))
            let pressing = try await world.cache.price(self.quote(.seconds(60)))

            #expect(stale.quote == first.quote && stale.isStale && stale.staleReason != nil)
            #expect(!renewed.isStale && renewed.tier == .memory)
            #expect(!pressing.isStale && pressing.tier == .provider)
            #expect(world.provider.latestCount == 3)
        }
    }

    @Test func whileBuyingFailsTheReaderIsToldSoAtOnce() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            _ = try await world.last(24)
            world.advance(.seconds(301))
            world.simulated.failNext(1, with: ProviderError(.unavailable, "down"), only: .bars)
            _ = try await world.last(24)
            await self.finishRenewal(world)

            let answer = try await world.last(24)

            #expect(answer.isStale && answer.missing.map(\.reason) == [.providerFailed(.unavailable)])
        }
    }

    // MARK: While the provider is slow

    /// What `read` answers when the provider holds back what it sells.
    private func slowly<Answer: Sendable>(
        _ world: World,
        sleepers: Int = 1,
        _ read: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await read() }
            await world.sleepers(besidesIdle: sleepers)
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            world.advance(.milliseconds(300))
            let answer = try await group.next() ?? nil
            return try #require(answer)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func slowProviderLetsAStaleAnswerOutAndFillsTheCacheLater(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            let first = try await world.last(24)
            world.advance(.seconds(1_200))
            world.provider.gate.close()

            let stale = try await self.slowly(world) { try await world.last(24) }
            world.provider.gate.open()
            while world.cache.statistics().flights > 0 { await Task.yield() }
            let renewed = try await world.last(24)

            #expect(stale.bars == first.bars && stale.isStale && !stale.isComplete)
            #expect(stale.missing.map(\.reason) == [.pending] && stale.age > .seconds(1_200))
            #expect(!renewed.isStale && renewed.tier == .memory)
            #expect(world.provider.purchases.count == 2)
        }
    }

    /// The fetch has looked in the database; a herd that looks once more each would keep its own answer waiting.
    @Test func readsThatWaitTogetherDoNotEachAskTheDatabase() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            let readers = 30
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for number in 0..<readers {
                    group.addTask {
                        try await number % 2 == 0 ? world.bars(range) : world.last(24)
                    }
                }
                await world.sleepers(besidesIdle: readers)
                while world.provider.gate.heldCount < 2 { await Task.yield() }
                // The watch over the file looks once as well.
                let most = world.faults.callCount + 1
                world.advance(.milliseconds(300))
                // Enough for each to ask, if it does.
                for _ in 0..<10_000 where world.faults.callCount <= most { await Task.yield() }
                #expect(world.faults.callCount <= most)
                world.provider.gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.count == readers && answers.allSatisfy(\.isComplete))
            #expect(world.provider.purchases.count == 2)
        }
    }

    @Test func newPeriodThatIsSlowToComeIsNamedAsMissing() async throws {
        try await World.with(.sqliteMemory, self.settings("2026-01-14T15:58:30Z")) { world in
            let first = try await world.last(3)
            let range = try world.range("2026-01-14T13:00:00Z", "2026-01-14T20:00:00Z")
            world.advance(.seconds(100))
            world.provider.gate.close()

            let recent = try await self.slowly(world) { try await world.last(3) }
            let ranged = try await self.slowly(world) { try await world.bars(range) }
            world.provider.gate.open()

            #expect(recent.bars == first.bars && recent.isStale && !recent.isComplete)
            #expect(recent.missing.last?.reason == .pending)
            #expect(recent.missing.last?.range == (try world.range("2026-01-14T16:00:00Z", "2026-01-14T17:00:00Z")))
            #expect(ranged.bars == first.bars && ranged.isStale)
            #expect(ranged.missing.map(\.reason).suffix(2) == [.pending, .notAvailableYet])
            #expect(ranged.missing.last?.range.start == (try time("2026-01-14T17:00:00Z")))
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func slowProviderAfterARestartLetsTheDatabaseAnswer(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            let first = try await world.last(24)
            world.advance(.seconds(600))
            try await world.restarted { restarted in
                restarted.provider.gate.close()
                // The world before sleeps on the same clock.
                let stale = try await self.slowly(restarted, sleepers: 3) { try await restarted.last(24) }
                restarted.provider.gate.open()

                #expect(stale.bars == first.bars && stale.isStale)
                #expect(stale.missing.map(\.reason) == [.pending])
            }
        }
    }

    @Test func withoutAnythingStoredTheReadWaitsOn() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            world.provider.gate.close()
            async let reading = world.last(24)
            await world.sleepers(besidesIdle: 1)
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            world.advance(.seconds(2))
            world.provider.gate.open()

            let answer = try await reading
            #expect(answer.isComplete && answer.tier == .provider)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func onlyAnAnswerThatLacksNothingButItsNewestEndIsStale(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            _ = try await world.last(5)
            _ = try await world.bars(try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"))
            let series = try Series(provider: world.provider.id, symbol: "ES.c.0", timeframe: .oneHour)
            let origin = RequestOrigin(client: "test", requestID: "r")
            let stale = StaleReader(core: world.cache.core, origin: origin)
            let all = try world.range("2026-01-12T00:00:00Z", "2026-01-14T18:00:00Z")
            let end = try world.range("2026-01-14T12:00:00Z", "2026-01-14T18:00:00Z")

            world.advance(.seconds(1_200))
            #expect(await stale.newest(series, 5, lookback: .max)?.records.count == 5)
            #expect(await stale.newest(series, 20, lookback: .max) == nil, "the older ones are not held")
            #expect(await stale.bars(series, all) == nil, "a part in the middle is not held")
            #expect(await stale.bars(series, end)?.missing.map(\.reason) == [.pending, .notAvailableYet])

            world.advance(.seconds(3_600 + 300))
            #expect(await stale.newest(series, 5, lookback: .max) == nil, "an hour after its expiry it is too old")
            #expect(await stale.bars(series, end) == nil)
        }
    }

    @Test func slowProviderLetsAStaleQuoteOut() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            let first = try await world.cache.quote(self.quote())
            world.advance(.seconds(1_000))
            world.provider.gate.close()

            let stale = try await self.slowly(world) { try await world.cache.quote(self.quote()) }
            world.provider.gate.open()
            while world.cache.statistics().flights > 0 { await Task.yield() }

            #expect(stale.quote == first.quote && stale.isStale)
            #expect(try await world.cache.quote(self.quote()).isStale == false)
            #expect(world.provider.latestCount == 2)
        }
    }

    @Test func slowProviderLetsAggregatedBarsOut() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            let first = try await world.last(6, .fiveMinutes)
            world.advance(.seconds(45))
            world.provider.gate.close()

            let stale = try await self.slowly(world) { try await world.last(6, .fiveMinutes) }
            world.provider.gate.open()

            #expect(stale.isStale && !stale.isComplete)
            #expect(stale.bars.dropLast() == first.bars.dropLast())
        }
    }

    @Test func refreshWaitsForWhatItAskedFor() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            _ = try await world.last(5)
            world.provider.allowSettled()
            world.advance(.seconds(301))

            let answer = try await world.cache.bars(world.request(.last(5), refresh: true))

            #expect(!answer.isStale && answer.tier == .provider)
        }
    }

    // MARK: For ever

    @Test func readDoesNotWaitForEver() async throws {
        var settings = try self.settings()
        settings.cache.readTimeout = .seconds(10)
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.gate.close()
            async let ended = code { _ = try await world.last(5) }
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            for _ in 0..<11 {
                await world.sleepers(besidesIdle: 0)
                world.advance(.seconds(1))
            }
            #expect(await ended == .timedOut)
            world.provider.gate.open()
            while world.cache.statistics().flights > 0 { await Task.yield() }
            let later = try await world.last(5)
            #expect(later.tier == .memory, "what came late is kept")
        }
    }
}
