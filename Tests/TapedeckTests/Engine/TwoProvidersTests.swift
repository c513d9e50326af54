import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct TwoProvidersTests {
    private func settings() throws -> World.Settings {
        var settings = try World.Settings()
        settings.provider.market.unknownSymbols = ["RARE"]
        var second = SimulatedProvider.Configuration()
        second.id = try ProviderID(parsing: "simulated/TWO")
        second.market.seed = 2
        second.market.correctedDaysShare = 0
        settings.second = second
        return settings
    }

    @Test(arguments: TestDatabase.kinds)
    func sameInstantOfTwoProvidersIsKeptApart(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, self.settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let second = try #require(world.second)

            let preferred = try await world.bars(range)
            let named = try await world.cache.bars(world.request(.range(range), provider: second.id))
            let again = try await world.bars(range)

            #expect(preferred.series.provider == world.provider.id && named.series.provider == second.id)
            #expect(preferred.bars != named.bars && again.bars == preferred.bars)
            #expect(world.provider.purchases.count == 1 && second.purchases.count == 1)
        }
    }

    @Test func firstProviderThatKnowsTheSymbolAnswers() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            for _ in 0..<4 {
                let answer = try await world.last(5, symbol: "RARE")
                #expect(answer.series.provider == world.second?.id && answer.bars.count == 5)
            }
            let quote = try await world.cache.quote(LatestRequest(symbol: "RARE", client: "test", requestID: "r"))

            #expect(quote.provider == world.second?.id)
            #expect(world.provider.availabilityCount == 1, "the first provider is not asked each time")
            #expect(world.second?.purchases.count == 1)
        }
    }

    @Test func symbolThatNobodyKnowsIsTheFirstProvidersError() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            do {
                _ = try await world.last(5, symbol: "UNKNOWN1")
                Issue.record("the read should have failed")
            } catch let error as TapedeckError {
                #expect(error.code == .symbolUnknown && error.parameter == "symbol")
                #expect(error.message.hasPrefix("simulated/ONE"))
            }
        }
    }

    @Test func outageOfThePreferredProviderIsNotAnsweredWithAnothersData() async throws {
        try await World.with(.sqliteMemory, self.settings()) { world in
            world.simulated.failNext(2, with: ProviderError(.unavailable, "down"))

            #expect(await code { _ = try await world.last(5) } == .providerUnavailable)
            #expect(world.second?.purchases.isEmpty == true)
        }
    }
}
