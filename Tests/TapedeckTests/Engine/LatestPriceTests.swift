import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct LatestPriceTests {
    private func request(_ symbol: String = "ES.c.0", maxAge: Duration? = nil) -> LatestRequest {
        LatestRequest(symbol: symbol, maxAge: maxAge, client: "test", requestID: "r")
    }

    @Test(arguments: TestDatabase.kinds)
    func quoteIsBoughtOnceAndHeldForFiveMinutes(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let first = try await world.cache.quote(self.request())
            world.advance(.seconds(299))
            let second = try await world.cache.quote(self.request())
            world.advance(.seconds(1))
            let third = try await world.cache.quote(self.request())

            #expect(first.tier == .provider && first.quote != nil && !first.isStale)
            #expect(second.tier == .memory && second.quote == first.quote && second.fetchedAge == .seconds(299))
            #expect(third.tier == .provider && third.fetchedAge == .zero)
            #expect(world.provider.latestCount == 2)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func quoteSurvivesARestart(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let first = try await world.cache.quote(self.request())
            world.advance(.seconds(100))
            try await world.restarted { restarted in
                let again = try await restarted.cache.quote(self.request())
                #expect(again.quote == first.quote && again.tier == .database && again.fetchedAge == .seconds(100))
                #expect(restarted.provider.latestCount == 0)
            }
        }
    }

    @Test func herdCausesOnePurchase() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            world.provider.gate.close()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        switch number % 3 {
                        case 0: _ = try await world.cache.quote(self.request())
                        case 1: _ = try await world.cache.price(self.request())
                        default: _ = try await world.cache.spread(self.request())
                        }
                    }
                }
                while world.cache.statistics().waiters < 60 { await Task.yield() }
                world.provider.gate.open()
                try await group.waitForAll()
            }
            #expect(world.provider.latestCount == 1)
        }
    }

    @Test func priceIsTheLastTradesWhileThatIsYoung() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let price = try await world.cache.price(self.request())
            let spread = try await world.cache.spread(self.request())

            let tradeAge = try #require(price.tradeAge)
            #expect(price.source == .trade && price.price != nil && tradeAge < .seconds(3_600))
            #expect(price.timestamp.map { world.now.nanoseconds - $0.nanoseconds } == tradeAge.clampedNanoseconds)
            #expect(spread.spread.map { $0 > 0 } == true && spread.age != nil)
            #expect(spread.middle.map { abs($0 - (price.price ?? 0)) < 10 } == true)
        }
    }

    @Test func priceThatIsTooOldIsWithheldWithItsTrueAge() async throws {
        // Saturday: the last trade was on Friday evening.
        try await World.with(.sqliteMemory, World.Settings(start: "2026-01-10T12:00:00Z")) { world in
            let withheld = try await world.cache.price(self.request())
            let allowed = try await world.cache.price(self.request(maxAge: .seconds(2 * 86_400)))

            #expect(withheld.price == nil && withheld.source == nil && withheld.maxAge == .seconds(3_600))
            #expect(try #require(withheld.tradeAge) > .seconds(13 * 3_600))
            #expect(allowed.price != nil && allowed.tier == .memory)
            #expect(try await world.cache.quote(self.request()).age.map { $0 > .seconds(3_600) } == true)
        }
    }

    @Test func youngerPriceThanTheOneHeldIsFetched() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.cache.price(self.request())
            world.advance(.seconds(61))
            let held = try await world.cache.price(self.request())
            let fetched = try await world.cache.price(self.request(maxAge: .seconds(60)))
            let again = try await world.cache.price(self.request(maxAge: .seconds(60)))

            #expect(held.tier == .memory && held.fetchedAge == .seconds(61))
            #expect(fetched.tier == .provider && fetched.fetchedAge == .zero)
            #expect(again.tier == .memory)
            #expect(world.provider.latestCount == 2)
        }
    }

    @Test func staleQuoteIsServedWhileTheProviderIsDown() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let first = try await world.cache.quote(self.request())
            world.advance(.seconds(400))
            world.simulated.failNext(1, with: ProviderError(.unavailable, "the line is dead"), only: .latest)

            let stale = try await world.cache.quote(self.request())
            let again = try await world.cache.quote(self.request())
            world.advance(.seconds(1))
            let renewed = try await world.cache.quote(self.request())

            #expect(stale.quote == first.quote && stale.isStale && stale.staleReason == "the line is dead")
            #expect(again.isStale && again.fetchedAge == .seconds(400))
            #expect(!renewed.isStale && renewed.tier == .provider)
            #expect(world.provider.latestCount == 3)
        }
    }

    @Test func unknownSymbolAndWrongAgeAreRefused() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            #expect(await code { _ = try await world.cache.quote(self.request("UNKNOWN1")) } == .symbolUnknown)
            #expect(await code { _ = try await world.cache.quote(self.request("")) } == .invalidRequest)
            #expect(
                await code { _ = try await world.cache.price(self.request(maxAge: .zero)) } == .invalidRequest
            )
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func quotesOfTheePastAreBoughtOnce(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-14T14:00:00Z", "2026-01-14T15:00:00Z")
            let request = QuotesRequest(symbol: "ES.c.0", range: range, client: "test", requestID: "r")

            let first = try await world.cache.quotes(request)
            let second = try await world.cache.quotes(request)

            #expect(first.quotes.count > 50 && first.isComplete && first.tier == .provider)
            #expect(second.quotes == first.quotes && second.tier == .database)
            #expect(first.quotes.allSatisfy { range.contains($0.timestamp) })
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test func quotesRequestsThatAreNotAllowedAreRefused() async throws {
        var settings = try World.Settings()
        settings.cache.answerQuotesMax = 30
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-14T14:00:00Z", "2026-01-14T15:00:00Z")
            for timeframe in [Timeframe.oneMinute, .oneHour] {
                let request = QuotesRequest(
                    symbol: "ES.c.0",
                    timeframe: timeframe,
                    range: range,
                    client: "test",
                    requestID: "r"
                )
                #expect(await code { _ = try await world.cache.quotes(request) } == .invalidRequest)
            }
        }
    }
}
