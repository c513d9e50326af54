import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct KeepingTests {
    private let latest = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")

    @Test(arguments: TestDatabase.kinds)
    func clearedSymbolIsBoughtAgainAndOthersAreNot(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            for symbol in ["ES.c.0", "NQ.c.0"] { _ = try await world.bars(range, symbol: symbol) }
            _ = try await world.cache.quote(self.latest)
            world.provider.allowSettled()

            let cleared = try await world.cache.clear(.symbol("ES.c.0"))
            let other = try await world.bars(range, symbol: "NQ.c.0")
            let again = try await world.bars(range)

            #expect(cleared.barsRemoved == 23 && cleared.quotesRemoved == 1 && cleared.rowsRemoved >= 23)
            #expect(other.tier == .memory && again.tier == .provider)
            #expect(again.bars == (try world.truth(range)))
            #expect(try await world.cache.quote(self.latest).tier == .provider)
        }
    }

    @Test func clearingASeriesLeavesTheOthersOfTheSymbol() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let hours = try await world.bars(range, .oneHour)
            _ = try await world.bars(range, .oneDay)

            _ = try await world.cache.clear(.series(hours.series))

            #expect(try await world.bars(range, .oneDay).tier == .memory)
            #expect(
                try await world.cache.symbols().flatMap(\.entries).filter { $0.bounds != nil }.map(\.timeframe) == [
                    .oneDay
                ]
            )
            world.provider.allowSettled()
            #expect(try await world.bars(range, .oneHour).tier == .provider)
            _ = try await world.cache.clear(.all)
            #expect(world.cache.statistics().barsHeld == 0)
            #expect(try await world.bars(range, .oneDay).tier == .provider)
        }
    }

    @Test func cleanupRemovesWhatHasExpired() async throws {
        var settings = try World.Settings()
        settings.cache.quotesRetention = .seconds(3_600)
        try await World.with(.sqliteMemory, settings) { world in
            _ = try await world.bars(try world.range("2026-01-14T10:00:00Z", "2026-01-14T16:00:00Z"))
            _ = try await world.cache.quote(self.latest)
            let quotes = QuotesRequest(
                symbol: "ES.c.0",
                range: try world.range("2026-01-14T10:00:00Z", "2026-01-14T11:00:00Z"),
                client: "test",
                requestID: "r"
            )
            _ = try await world.cache.quotes(quotes)
            let nothing = try await world.cache.cleanup()
            world.advance(.seconds(600))
            let removed = try await world.cache.cleanup()

            #expect(nothing.barsRemoved == 0 && nothing.quotesRemoved == 0)
            #expect(removed.barsRemoved == 1 && removed.quotesRemoved == 1)
            #expect(nothing.rowsRemoved > 50)
            #expect(world.cache.statistics().barsHeld == 5)
        }
    }

    @Test func symbolsAndStatisticsTellWhatWasDone() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(range, .oneDay)
            _ = try await world.bars(range)
            _ = try await world.bars(range)
            _ = try await world.cache.quote(self.latest)
            _ = await code { _ = try await world.bars(range, symbol: "UNKNOWN1") }

            let statistics = world.cache.statistics()
            let symbols = try await world.cache.symbols()

            #expect(symbols.map(\.symbol) == ["ES.c.0"])
            #expect(symbols[0].entries.map(\.timeframe) == [.oneHour, .oneDay])
            #expect(symbols[0].entries.allSatisfy { $0.bounds == range })
            #expect(statistics.memoryHits == 1 && statistics.providerReads == 3 && statistics.failures == 1)
            #expect(statistics.purchases == 3 && statistics.purchaseFailures == 0)
            #expect(statistics.recordsBought == 26 && statistics.bytesBought > 0)
            #expect(statistics.barsHeld == 24 && statistics.seriesHeld == 2 && statistics.quotesHeld == 1)
            #expect(statistics.flights == 0 && statistics.waiters == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func everyPurchaseIsInTheLedger(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.provider.pricePerGB = 50
        try await World.with(kind, settings) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(range)
            _ = try await world.cache.quote(self.latest)
            world.simulated.failNext(1, with: ProviderError(.unavailable, "the line is dead"), only: .bars)
            _ = await code { _ = try await world.bars(range, symbol: "NQ.c.0") }

            let purchases = try await world.store.ledger(LedgerQuery()).sorted { $0.id.rawValue < $1.id.rawValue }

            #expect(purchases.map(\.state) == [.done, .done, .failed])
            #expect(purchases.map(\.request.client) == ["test", "test", "test"])
            #expect(purchases[0].request.range == range && purchases[0].figures.recordCount == 23)
            #expect(purchases[0].figures.costUSD.map { $0 > 0 } == true)
            #expect(purchases[2].error?.contains("the line is dead") == true)
        }
    }
}
