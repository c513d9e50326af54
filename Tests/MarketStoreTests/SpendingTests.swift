import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@Suite struct SpendingTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z")

    private static func purchase(_ price: Double?, client: String = "a", token: String? = nil) -> NewPurchase {
        var purchase = NewPurchase(series: .of(), range: Self.stretch, client: client, requestID: "r")
        purchase.estimatedUSD = price
        purchase.token = token
        return purchase
    }

    private static func figures(_ cost: Double?, records: Int = 1) -> PurchaseFigures {
        PurchaseFigures(recordCount: records, byteCount: 56, costUSD: cost, requestCount: 1, duration: .seconds(1))
    }

    @Test(arguments: TestDatabase.kinds)
    func whatIsSetAsideCountsUntilTheRealCostIsKnown(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let limits = SpendingLimits(allUSD: 10, clientUSD: 6)
            let first = try await fixture.store.reservePurchase(Self.purchase(4), limits: limits)
            #expect(first.before.allUSD == 0)

            let refusal = await #expect(throws: BudgetExceeded.self) {
                _ = try await fixture.store.reservePurchase(Self.purchase(3), limits: limits)
            }
            #expect(refusal?.scope == .client("a") && refusal?.limitUSD == 6 && refusal?.spentUSD == 4)
            #expect(refusal?.priceUSD == 3 && refusal?.resetsAt == time("2026-01-08T00:00:00Z"))
            #expect(try await fixture.store.ledger(LedgerQuery()).count == 1, "a refusal is not written down")

            try await fixture.store.finishPurchase(first.id, figures: Self.figures(1.5))
            let second = try await fixture.store.reservePurchase(Self.purchase(3), limits: limits)
            #expect(second.before.clientUSD == 1.5)
            let other = await #expect(throws: BudgetExceeded.self) {
                _ = try await fixture.store.reservePurchase(
                    Self.purchase(6, client: "b"),
                    limits: SpendingLimits(allUSD: 10)
                )
            }
            #expect(other?.scope == .all && other?.spentUSD == 4.5)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newDayBeginsWithNothingSpent(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let limits = SpendingLimits(allUSD: 5)
            fixture.clock.set(time("2026-01-07T23:59:59Z"))
            _ = try await fixture.store.reservePurchase(Self.purchase(5), limits: limits)
            fixture.clock.advance(seconds: 1)

            let next = try await fixture.store.reservePurchase(Self.purchase(5), limits: limits)

            #expect(next.before.allUSD == 0 && next.before.day == CivilDate(containing: time("2026-01-08")))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failedRequestCountsOnlyIfSomethingCame(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            for records in [0, 3] {
                let id = try await fixture.store.beginPurchase(Self.purchase(2))
                try await fixture.store.finishPurchase(id, figures: Self.figures(nil, records: records), error: "cut")
            }
            let free = await fixture.free(price: 0)

            #expect(try await fixture.store.spending(client: "a").allUSD == 2)
            #expect(free, "what costs nothing may always be bought")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func sameTokenIsWrittenDownAndSetAsideOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let limits = SpendingLimits(allUSD: 5)
            let first = try await fixture.store.reservePurchase(Self.purchase(4, token: "t"), limits: limits)
            let again = try await fixture.store.reservePurchase(Self.purchase(4, token: "t"), limits: limits)
            let begun = try await fixture.store.beginPurchase(Self.purchase(4, token: "t"))

            #expect(first.id == again.id && first.id == begun)
            #expect(try await fixture.store.spending(client: "a").allUSD == 4)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func purchaseIsRecordedBehindItsTimeOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let purchase = Self.purchase(2, token: "t")
            let begun = fixture.clock.now
            fixture.clock.advance(seconds: 60)
            for seconds in [50, 50] {
                try await fixture.store.recordPurchase(
                    purchase,
                    age: .seconds(60),
                    sinceEnd: .seconds(seconds),
                    figures: Self.figures(1.25)
                )
            }

            let rows = try await fixture.store.ledger(LedgerQuery())
            #expect(rows.map(\.state) == [.done] && rows.map(\.request) == [purchase])
            #expect(rows.first?.startedAt == begun)
            #expect(rows.first?.finishedAt == begun.advancedSaturating(byNanoseconds: 10_000_000_000))
            #expect(try await fixture.store.spending(client: "a").allUSD == 1.25)
            await #expect(throws: StoreError.self) {
                try await fixture.store.recordPurchase(
                    Self.purchase(2),
                    age: .zero,
                    sinceEnd: .zero,
                    figures: Self.figures(1)
                )
            }
        }
    }

    /// Purchases of two databases' clients ask at once, of random prices: the limits hold, and none is refused that fits.
    @Test(arguments: TestDatabase.sharedKinds)
    func concurrentPurchasesNeverPassALimit(_ kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        try await TestDatabase.with(kind) { test in
            let second = try await Database.connect(test.url, logger: .silent)
            let stores = [test.database, second].map { MarketStore(database: $0, logger: .silent) }
            try await stores[0].migrate()
            let limits = SpendingLimits(allUSD: 20, clientUSD: 9)
            let asked = (0..<120).map { number in
                (price: Double(Int.random(in: 1...8, using: &random)) / 4, client: ["a", "b", "c"][number % 3])
            }
            let refusals = try await withThrowingTaskGroup(of: BudgetExceeded?.self) { group in
                for (number, ask) in asked.enumerated() {
                    group.addTask {
                        do {
                            _ = try await stores[number % 2].reservePurchase(
                                Self.purchase(ask.price, client: ask.client, token: "\(number)"),
                                limits: limits
                            )
                            return nil
                        } catch let refusal as BudgetExceeded {
                            return refusal
                        }
                    }
                }
                return try await group.reduce(into: [BudgetExceeded]()) { if let refusal = $1 { $0.append(refusal) } }
            }

            #expect(!refusals.isEmpty)
            #expect(refusals.allSatisfy { $0.spentUSD + $0.priceUSD > $0.limitUSD }, "\(random)")
            for client in ["a", "b", "c"] {
                let spending = try await stores[1].spending(client: client)
                #expect(spending.allUSD <= 20 && spending.clientUSD <= 9, "\(random)")
            }
            await second.close()
        }
    }
}

extension StoreFixture {
    /// Whether a purchase of this price passes although nothing is left.
    fileprivate func free(price: Double) async -> Bool {
        var purchase = NewPurchase(latestOf: "ES.c.0", provider: .globex, client: "a", requestID: "r")
        purchase.estimatedUSD = price
        return (try? await self.store.reservePurchase(purchase, limits: SpendingLimits(allUSD: 0))) != nil
    }
}
