import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct OfflineModeTests {
    private func offline(_ world: World, _ body: @Sendable (World) async throws -> Void) async throws {
        var settings = world.settings
        settings.cache.mode = .offline
        try await world.restarted(settings, body)
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func storedDataIsAnsweredAndNothingIsAskedOrBought(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let first = try await world.last(24)
            let quote = try await world.cache.quote(LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r"))
            world.advance(.seconds(7_200))
            try await self.offline(world) { offline in
                let recent = try await offline.last(24)
                let past = try await offline.bars(try world.range("2026-01-14T10:00:00Z", "2026-01-14T12:00:00Z"))
                let ranged = try await offline.bars(try world.range("2026-01-14T14:00:00Z", "2026-01-14T18:00:00Z"))
                let still = try await offline.cache.quote(
                    LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")
                )
                let unknown = await code { _ = try await offline.last(24, symbol: "NQ.c.0") }

                #expect(recent.bars == first.bars && recent.isStale && !recent.isComplete)
                #expect(recent.missing.allSatisfy { $0.reason == .offline } && !recent.missing.isEmpty)
                #expect(past.isComplete && !past.isStale && past.bars.allSatisfy(\.isFinal))
                #expect(ranged.bars.count == 2 && ranged.isStale && !ranged.isComplete)
                #expect(Set(ranged.missing.map(\.reason)) == [.offline])
                #expect(still.quote == quote.quote && still.isStale)
                #expect(unknown == .offline)
                #expect(offline.provider.purchases.isEmpty && offline.provider.availabilityCount == 0)
                #expect(offline.provider.latestCount == 0)
                #expect(offline.cache.statistics().mode == .offline)
            }
        }
    }

    @Test func refreshAndExplainBuyAndAskNothing() async throws {
        try await World.with(.sqliteFile, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let first = try await world.bars(range)
            try await self.offline(world) { offline in
                let refreshed = try await offline.cache.bars(offline.request(.range(range), refresh: true))
                let explained = try await offline.cache.explain(offline.request(.range(range)))

                #expect(refreshed.bars == first.bars && refreshed.isStale)
                #expect(explained.stretches.map(\.source) == [.memory])
                #expect(offline.provider.purchases.isEmpty && offline.provider.availabilityCount == 0)
            }
        }
    }
}
