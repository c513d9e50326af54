import MarketData
import SQLDatabase

extension MarketStore {
    /// What was spent today, in all and by one client.
    public func spending(client: String) async throws -> Spending {
        let clock = self.clock
        return try await self.database.read(timeout: self.deadline) { transaction in
            try Self.spending(client: client, now: try clock.now(in: transaction), in: transaction)
        }
    }

    /// Writes a purchase down like `beginPurchase`, and sets its estimated price aside in the same transaction.
    ///
    /// Answers what was spent or set aside before. Throws `BudgetExceeded` for a purchase that would pass a limit, which is
    /// not written down. Purchases that ask at the same time, from whichever worker, are decided one after the other, so
    /// that two cannot both take the last of a budget.
    public func reservePurchase(
        _ purchase: NewPurchase,
        limits: SpendingLimits
    ) async throws -> (id: PurchaseID, before: Spending) {
        let clock = self.clock
        return try await self.database.write(timeout: self.deadline) { transaction in
            if let lock = transaction.dialect.namedLockStatement {
                try transaction.execute(lock, [.text("budget")])
            }
            let now = try clock.now(in: transaction)
            let before = try Self.spending(client: purchase.client, now: now, in: transaction)
            if let known = try purchase.storedID(in: transaction) { return (known, before) }
            let price = purchase.estimatedUSD ?? 0
            if let refusal = before.exceeded(byPriceUSD: price, client: purchase.client, limits: limits) {
                throw refusal
            }
            return (try LedgerRow(purchase, startedAt: now).insert(in: transaction), before)
        }
    }

    private static func spending(
        client: String,
        now: Timestamp,
        in transaction: any SQLTransaction
    ) throws -> Spending {
        let day = CivilDate(containing: now)
        // Where the cost is not known the estimate stands for it, except where a request failed before any record.
        let sums = try transaction.query(
            """
            SELECT coalesce(sum(usd), 0.0), coalesce(sum(CASE WHEN client = $2 THEN usd ELSE 0.0 END), 0.0) FROM (
                SELECT client, CASE
                    WHEN cost_usd IS NOT NULL THEN cost_usd
                    WHEN state = 'failed' AND records = 0 THEN 0.0
                    ELSE coalesce(estimated_usd, 0.0)
                END AS usd
                FROM purchases WHERE started_at >= $1
            ) AS today
            """,
            [.integer(day.start.nanoseconds), .text(client.clippedForLedger)]
        ) { (try $0.double(0), try $0.double(1)) }
        return Spending(day: day, allUSD: sums[0].0, clientUSD: sums[0].1)
    }
}
