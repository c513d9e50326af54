import Locking
import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct BypassModeTests {
    private func settings() throws -> World.Settings {
        var settings = try World.Settings()
        settings.cache.mode = .bypass
        return settings
    }

    private let quote = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")

    @Test(arguments: TestDatabase.kinds)
    func everyReadIsBoughtAndNothingButTheLedgerIsWritten(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-14T16:00:00Z")
            let first = try await world.bars(range)
            let second = try await world.bars(range)
            let recent = try await world.last(24)
            let aggregated = try await world.last(6, .fiveMinutes)
            let quoted = try await world.cache.quote(self.quote)

            #expect(first.bars.values == (try world.truth(range)) && second.bars == first.bars)
            #expect(first.bars.map(\.isFinal) == [true, true, true, true, true, false])
            #expect(recent.bars.count == 24 && recent.isComplete && recent.bars.suffix(6) == first.bars[...])
            #expect(aggregated.bars.count == 6 && aggregated.isComplete)
            for answer in [first, second, recent, aggregated] {
                #expect(answer.tier == .provider && !answer.isStale && answer.isComplete)
            }
            #expect(quoted.quote != nil && quoted.tier == .provider)
            #expect(world.provider.purchases.count == 4 && world.provider.latestCount == 1)
            #expect(world.cache.statistics().barsHeld == 0 && world.cache.statistics().quotesHeld == 0)
            #expect(try await world.store.seriesList(after: nil, limit: 10).isEmpty)
            let ledger = try await world.store.ledger(LedgerQuery(limit: 10))
            #expect(ledger.count == 5 && ledger.allSatisfy { $0.state == .done })
        }
    }

    @Test func readsGoOnWhileTheDatabaseIsDown() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            await world.store.database.close()

            let answer = try await world.last(24)

            #expect(answer.bars.count == 24 && answer.isComplete)
            #expect(try await world.cache.quote(self.quote).quote != nil)
        }
    }

    @Test func whatTheProviderDoesNotHaveIsMissingAndItsErrorsAreTold() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-14T14:00:00Z", "2026-01-14T18:00:00Z")
            let answer = try await world.bars(range)
            world.simulated.failNext(1, with: ProviderError(.cut, "cut"), only: .bars)

            #expect(answer.bars.count == 2 && answer.missing.map(\.reason) == [.notAvailableYet])
            #expect(await code { _ = try await world.bars(range) } == .providerUnavailable)
            #expect(await code { _ = try await world.last(3, symbol: "UNKNOWN1") } == .symbolUnknown)
            #expect(await code { _ = try await world.cache.refresh(world.request(.range(range))) } == .unsupported)
        }
    }

    @Test(arguments: [Timeframe.oneMinute, .fiveMinutes])
    func longRangeIsStreamedInParts(_ timeframe: Timeframe) async throws {
        var settings = try self.settings()
        settings.cache.flightPeriodsMax = 700
        settings.cache.pageBarsMax = 300
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let (bars, heads) = (Locked<[Bar]>([]), Locked<[BarsStreamHead]>([]))
            try await world.cache.streamBars(world.request(.range(range), timeframe)) { head in
                heads.withLock { $0.append(head) }
            } page: { page in
                #expect(page.count <= 300)
                bars.withLock { $0 += page }
            }

            #expect(bars.withLock { $0.values } == (try world.truth(range, timeframe)))
            #expect(heads.withLock { $0.map(\.isComplete) } == [true])
            #expect(world.provider.purchases.count == 3)
        }
    }
}
