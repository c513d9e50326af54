import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

/// How answers say they were come by, and what counts as saved.
@Suite struct AnswerOutcomeTests {
    private let latest = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")

    @Test(arguments: TestDatabase.kinds)
    func barsAreBoughtThenHeldThenReadAndAnExtendedRangeIsPutTogether(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let day = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let both = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")

            let bought = try await world.bars(day)
            let held = try await world.bars(day)
            #expect(bought.outcome == .provider && held.outcome == .memory)
            #expect(world.cache.statistics().recordsSaved == held.bars.count)

            try await world.restarted { world in
                let restored = try await world.bars(day).outcome
                #expect(restored == .database)
                let extended = try await world.bars(both)
                #expect(extended.outcome == .partial && extended.isComplete)
                #expect(world.cache.statistics().recordsSaved == 2 * bought.bars.count, "the rest was bought")
            }
        }
    }

    @Test func whoOnlyWaitsForAnothersPurchaseHasCoalesced() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for _ in 0..<5 { group.addTask { try await world.bars(range) } }
                while world.cache.statistics().waiters < 5 { await Task.yield() }
                world.provider.gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.filter { $0.outcome == .provider }.count == 1)
            #expect(answers.filter { $0.outcome == .coalesced }.count == 4)
            #expect(world.cache.statistics().recordsSaved == 4 * answers[0].bars.count)
        }
    }

    @Test func derivedNewestBarsAreBoughtAndHeldLikeTheOthers() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let cold = try await world.last(6, .fourHours).outcome
            #expect(cold == .provider)
            let warm = try await world.last(6, .fourHours).outcome
            #expect(warm == .memory)
        }
    }

    @Test func newestPricesAreBoughtThenHeld() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let quote = try await world.cache.quote(self.latest).outcome
            #expect(quote == .provider)
            let price = try await world.cache.price(self.latest).outcome
            #expect(price == .memory)
            let spread = try await world.cache.spread(self.latest).outcome
            #expect(spread == .memory)
            #expect(world.cache.statistics().recordsSaved == 2)
            world.provider.gate.close()
            world.advance(.seconds(3_600))
            async let first = world.cache.quote(self.latest)
            async let second = world.cache.quote(self.latest)
            while world.cache.statistics().waiters < 2 { await Task.yield() }
            world.provider.gate.open()
            let outcomes = try await Set([first.outcome, second.outcome])
            #expect(outcomes == [.provider, .coalesced])
        }
    }

    @Test func quotesArePutTogetherFromWhatIsStoredAndBought() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            func quotes(_ end: String) async throws -> QuotesAnswer {
                let range = try world.range("2026-01-14T10:00:00Z", end)
                return try await world.cache.quotes(
                    QuotesRequest(
                        symbol: "ES.c.0",
                        timeframe: .oneMinute,
                        range: range,
                        client: "test",
                        requestID: "r"
                    )
                )
            }
            let boughtOutcome = try await quotes("2026-01-14T10:10:00Z").outcome
            #expect(boughtOutcome == .provider)
            let storedOutcome = try await quotes("2026-01-14T10:10:00Z").outcome
            #expect(storedOutcome == .database)
            let extendedOutcome = try await quotes("2026-01-14T10:20:00Z").outcome
            #expect(extendedOutcome == .partial)
        }
    }

    @Test func whatExpiredAndCannotBeRenewedIsStaleAndWhatLacksAPartIsPartial() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let known = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(known)
            _ = try await world.last(24)
            world.simulated.failNext(1_000, with: ProviderError(.unavailable, "down"))
            world.advance(.seconds(3_600))

            let expired = try await world.last(24).outcome
            #expect(expired == .stale)
            let longer = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            let answer = try await world.bars(longer)
            #expect(answer.outcome == .partial && !answer.isStale)
        }
    }

    @Test func aRangeThatReachesBehindTheProvidersDataIsNotPartial() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-15T00:00:00Z")
            let answer = try await world.bars(range)
            #expect(!answer.isComplete && answer.outcome == .provider)
            let again = try await world.bars(range).outcome
            #expect(again == .memory)
        }
    }

    @Test func pastTheCacheEverythingIsBought() async throws {
        var settings = try World.Settings()
        settings.cache.mode = .bypass
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.allowSettled()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let first = try await world.bars(range)
            let second = try await world.bars(range)
            #expect(first.outcome == .provider && second.outcome == .provider)
            let quoted = try await world.cache.quote(self.latest).outcome
            #expect(quoted == .provider)
            #expect(world.cache.statistics().recordsSaved == 0)
        }
    }

    @Test func whatIsSavedIsValuedByWhatWasPaid() async throws {
        var settings = try World.Settings()
        settings.provider.pricePerGB = 280
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            for _ in 0..<4 { _ = try await world.bars(range) }
            let statistics = world.cache.statistics()
            #expect(statistics.costUSD > 0)
            #expect(abs(statistics.savedUSD - 3 * statistics.costUSD) < 1e-9)
            #expect(statistics.bytesSaved == 3 * statistics.bytesBought)
            #expect(statistics.recordsSaved == 3 * statistics.recordsBought)
        }
    }

    @Test func theBytesOfMemoryFollowItsBars() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            #expect(world.cache.statistics().bytesHeld == 0)
            _ = try await world.bars(try world.range("2026-01-05T00:00:00Z", "2026-01-10T00:00:00Z"))
            let statistics = world.cache.statistics()
            #expect(statistics.bytesHeld > statistics.barsHeld * MemoryLayout<Bar>.stride)
            _ = try await world.cache.clear(.all)
            #expect(world.cache.statistics().bytesHeld == 0)
        }
    }
}
