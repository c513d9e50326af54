import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FillTests {
    @Test(arguments: TestDatabase.kinds)
    func whatIsMissingIsBoughtAndNothingTwice(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let day = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let part = try world.range("2026-01-13T06:00:00Z", "2026-01-13T09:00:00Z")
            _ = try await world.bars(part)

            let filled = try await world.cache.fill(world.request(.range(day)))
            let again = try await world.cache.fill(world.request(.range(day)))

            #expect(filled.isBought && filled.inserted == 20 && filled.missing.isEmpty)
            #expect(!again.isBought && again.inserted == 0 && again.missing.isEmpty)
            #expect(world.provider.purchases.count == 3)
        }
    }

    @Test func aTimeframeThatIsMadeIsFilledFromItsSource() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T10:00:00Z", "2026-01-13T12:00:00Z")

            let filled = try await world.cache.fill(world.request(.range(range), .fiveMinutes))

            #expect(filled.series.timeframe == .oneMinute && filled.range == range)
        }
    }

    @Test func whatTheProviderLacksIsMissing() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-15T00:00:00Z")

            let filled = try await world.cache.fill(world.request(.range(range)))

            #expect(filled.missing.map(\.reason) == [.notAvailableYet])
            let code = await code { _ = try await world.cache.fill(world.request(.last(5))) }
            #expect(code == .invalidRequest)
        }
    }
}
