import Locking
import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct BudgetTests {
    /// A bar costs a cent.
    private static let barUSD = 0.01

    private let tuesday: TimeRange
    private let wednesday: TimeRange

    init() throws {
        self.tuesday = try range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
        self.wednesday = try range("2026-01-14T00:00:00Z", "2026-01-14T15:00:00Z")
    }

    private static func settings(day: Double? = nil, client: Double? = nil) throws -> World.Settings {
        var settings = try World.Settings()
        settings.provider.pricePerGB = Self.barUSD * 1e9 / 56
        settings.cache.budget.usdPerDay = day
        settings.cache.budget.usdPerDayPerClient = client
        return settings
    }

    @Test(arguments: TestDatabase.kinds)
    func purchaseThatWouldPassTheLimitIsRefusedBeforeItIsMade(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, Self.settings(day: 0.30)) { world in
            let bought = try await world.bars(self.tuesday)
            let error = await #expect(throws: TapedeckError.self) {
                _ = try await world.bars(self.wednesday)
            }

            #expect(bought.isComplete && bought.bars.count == 23)
            #expect(error?.code == .budgetExceeded)
            for part in ["0.3 USD", "0.23", "0.15", "2026-01-15T00:00:00Z"] {
                #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
            }
            #expect(error?.retryAfter == .seconds(8 * 3_600 + 29 * 60 + 30))
            #expect(world.provider.purchases.count == 1)
            #expect(try await world.soundStore.ledger(LedgerQuery()).count == 1)
        }
    }

    @Test func storedDataAreServedBesideWhatIsRefused() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 0.30)) { world in
            let stored = try await world.bars(self.tuesday)
            let whole = try range("2026-01-13T00:00:00Z", "2026-01-14T15:00:00Z")
            let answer = try await world.bars(whole)

            #expect(answer.bars == stored.bars && !answer.isComplete)
            #expect(answer.missing.map(\.reason) == [.budgetExceeded])
            #expect(answer.missing.map(\.range) == [self.wednesday])
            #expect(
                try await world.bars(try range("2026-01-14T10:00:00Z", "2026-01-14T15:00:00Z")).isComplete,
                "it fits"
            )
        }
    }

    @Test func eachClientHasItsOwnLimit() async throws {
        var settings = try Self.settings(day: 1, client: 0.20)
        settings.cache.budget.usdPerDayByClient = ["rich": 0.5]
        try await World.with(.sqliteMemory, settings) { world in
            func ask(_ client: String) async -> TapedeckError.Code? {
                await code { _ = try await world.cache.bars(world.request(.range(self.tuesday), client: client)) }
            }
            #expect(await ask("poor") == .budgetExceeded)
            #expect(await ask("rich") == nil)
            #expect(await ask("poor") == nil, "it is stored now")

            let report = world.cache.statistics().budget
            #expect(report?.limitUSD == 1 && report?.clients.map(\.name) == ["rich"])
            #expect(report.map { abs($0.spentUSD - 0.23) < 1e-9 } == true)
            #expect(report?.clients.first?.limitUSD == 0.5)
        }
    }

    @Test func newDayBuysAgain() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 0.25)) { world in
            _ = try await world.bars(self.tuesday)
            #expect(await code { _ = try await world.bars(self.wednesday) } == .budgetExceeded)
            world.advance(.seconds(9 * 3_600))
            #expect(try await world.bars(self.wednesday).isComplete)
        }
    }

    @Test func refusalIsRememberedForWhatCostsAtLeastAsMuch() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 0.20)) { world in
            for _ in 0..<5 { #expect(await code { _ = try await world.bars(self.tuesday) } == .budgetExceeded) }
            #expect(world.provider.priceCount == 1)
            let wider = try range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            #expect(await code { _ = try await world.bars(wider) } == .budgetExceeded)
            #expect(world.provider.priceCount == 1)
            let shorter = try range("2026-01-13T00:00:00Z", "2026-01-13T06:00:00Z")
            #expect(try await world.bars(shorter).isComplete)
            world.advance(.seconds(30))
            #expect(try await world.bars(self.tuesday).missing.isEmpty == false)
            #expect(world.provider.priceCount == 3)
        }
    }

    @Test func withoutABudgetNothingIsAsked() async throws {
        try await World.with(.sqliteMemory, Self.settings()) { world in
            _ = try await world.bars(self.tuesday)
            #expect(world.provider.priceCount == 0 && world.cache.statistics().budget == nil)
            // The claim, the beginning, the bars, the end, and what the symbol stood for.
            #expect(world.faults.writeCount <= 5)
        }
    }

    @Test func newestPricesCountToo() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 0.001)) { world in
            let refused = await code {
                _ = try await world.cache.quote(LatestRequest(symbol: "ES.c.0", client: "t", requestID: "r"))
            }
            #expect(refused == .budgetExceeded && world.provider.latestCount == 0)
        }
    }

    @Test func withoutTheDatabaseNobodyKnowsWhatIsLeftSoNothingIsBought() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 100)) { world in
            let before = try await world.last(24)
            world.faults.fault = .unwritable
            world.advance(.seconds(7_200))
            let answer = try await world.last(24)

            #expect(world.provider.purchases.count == 1)
            #expect(answer.missing.contains { $0.reason == .databaseFailed && $0.detail.contains("budget") })
            #expect(answer.bars.contains(before.bars[10]))
            await world.repair()
            #expect(try await world.last(24).isComplete)
        }
    }

    @Test func explanationSaysWhetherItWouldPass() async throws {
        try await World.with(.sqliteMemory, Self.settings(day: 0.30, client: 0.40)) { world in
            _ = try await world.bars(self.tuesday)
            let passing = try await world.cache.explain(
                world.request(.range(try range("2026-01-14T12:00:00Z", "2026-01-14T15:00:00Z")))
            )
            let refused = try await world.cache.explain(world.request(.range(self.wednesday)))
            let held = try await world.cache.explain(world.request(.range(self.tuesday)))

            #expect(passing.budget?.isAllowed == true && held.budget?.isAllowed == true)
            #expect(passing.budget.map { abs($0.spentUSD - 0.23) < 1e-9 && $0.limitUSD == 0.30 } == true)
            #expect(passing.budget?.clientLimitUSD == 0.40)
            #expect(refused.budget?.isAllowed == false && refused.budget?.refusal?.contains("0.3 USD") == true)
            #expect(world.provider.purchases.count == 1)
        }
    }

    /// Many clients, two workers and one budget: what was spent never passes a limit.
    @Test(arguments: TestDatabase.sharedKinds)
    func workersThatShareADatabaseShareTheBudget(_ kind: TestDatabase.Kind) async throws {
        let seed = SeededRandom()
        try await World.with(kind, Self.settings(day: 1.5, client: 0.8)) { world in
            try await world.restarted { other in
                let numbers = Locked(seed)
                async let _: Void = world.keepTime()
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<40 {
                        let (back, length) = numbers.withLock {
                            (Int64.random(in: 0..<500, using: &$0), Int64.random(in: 1..<40, using: &$0))
                        }
                        group.addTask {
                            let worker = number % 2 == 0 ? world : other
                            let hour = Timeframe.oneHour.nanoseconds
                            let end = self.tuesday.end.advancedSaturating(byNanoseconds: -back * hour)
                            guard let asked = TimeRange(end.advancedSaturating(byNanoseconds: -length * hour), end)
                            else { return }
                            let symbol = number % 4 < 2 ? "ES.c.0" : "NQ.c.0"
                            let refused = await code {
                                _ = try await worker.cache.bars(
                                    worker.request(.range(asked), symbol: symbol, client: "client \(number % 3)")
                                )
                            }
                            #expect(refused == nil || refused == .budgetExceeded, "\(seed)")
                        }
                    }
                }
                for client in 0..<3 {
                    let spending = try await world.soundStore.spending(client: "client \(client)")
                    #expect(spending.allUSD <= 1.5 + 1e-9 && spending.clientUSD <= 0.8 + 1e-9, "\(seed)")
                }
            }
        }
    }
}
