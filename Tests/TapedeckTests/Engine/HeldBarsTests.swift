import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct HeldBarsTests {
    private static func request(_ span: BarsRequest.Span, refresh: Bool = false) -> BarsRequest {
        BarsRequest(
            symbol: "ES.c.0",
            timeframe: .oneHour,
            span: span,
            refresh: refresh,
            client: "test",
            requestID: "1"
        )
    }

    @Test func heldBarsAreWhatTheNextReadAnswers() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            #expect(world.cache.heldBars(Self.request(.last(24))) == nil)
            _ = try await world.last(24)

            let held = world.cache.heldBars(Self.request(.last(24)))

            #expect(held == (try await world.last(24)))
            #expect(held?.tier == .memory)
        }
    }

    @Test func rangesAreHeldToo() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.cache.bars(Self.request(.range(range)))

            let held = try #require(world.cache.heldBars(Self.request(.range(range))))

            #expect(held.bars.values == (try world.truth(range)))
        }
    }

    @Test func whatHasExpiredIsAskedForAnewOrRefusedIsNotHeld() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.last(24)

            #expect(world.cache.heldBars(Self.request(.last(24), refresh: true)) == nil)
            #expect(world.cache.heldBars(Self.request(.last(0))) == nil)
            var nameless = Self.request(.last(24))
            nameless.symbol = ""
            #expect(world.cache.heldBars(nameless) == nil)
            world.advance(.seconds(301))
            #expect(world.cache.heldBars(Self.request(.last(24))) == nil)
        }
    }

    @Test func heldAnswersAreCountedOnce() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.last(24)
            let before = world.cache.statistics()

            _ = world.cache.heldBars(Self.request(.last(24)))
            _ = try await world.last(24)
            _ = world.cache.heldBars(Self.request(.last(5_000)))

            let after = world.cache.statistics()
            #expect(after.memoryHits == before.memoryHits + 2)
            #expect(after.failures == before.failures)
        }
    }

    @Test func seriesThatIsReadOftenIsBoughtAgainAheadOfItsExpiry() async throws {
        var settings = try World.Settings()
        settings.cache.freshness.refreshAheadShare = 0.8
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.last(24)
            world.advance(.seconds(270))

            for _ in 0..<20 { _ = world.cache.heldBars(Self.request(.last(24))) }

            #expect(world.cache.statistics().refreshesAhead == 1)
        }
    }

    @Test func nothingIsHeldForReadsPastTheCache() async throws {
        var settings = try World.Settings()
        settings.cache.mode = .bypass
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.last(24)

            #expect(world.cache.heldBars(Self.request(.last(24))) == nil)
        }
    }
}
