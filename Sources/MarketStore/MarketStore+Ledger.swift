import MarketData
import SQLDatabase

extension MarketStore {
    /// Writes a purchase down before its request is made, so that the ledger knows it whatever happens then.
    ///
    /// `age` is how long ago it began. A purchase with a token that the ledger has is not written down again: its number
    /// is answered.
    public func beginPurchase(_ purchase: NewPurchase, age: Duration = .zero) async throws -> PurchaseID {
        let beginning = self.beginning(of: purchase, age: age)
        return try await self.database.write(timeout: self.deadline, beginning)
    }

    /// The transaction of `beginPurchase`.
    func beginning(of purchase: NewPurchase, age: Duration) -> @Sendable (any SQLTransaction) throws -> PurchaseID {
        { [clock = self.clock] transaction in
            let startedAt = try clock.now(in: transaction).before(age)
            return try LedgerRow(purchase, startedAt: startedAt).insert(in: transaction)
        }
    }

    /// Writes down a purchase that is over, or ends it if the ledger knows its token already.
    ///
    /// `age` is how long ago it began, `sinceEnd` how long ago it ended. Doing so again changes nothing. Throws
    /// `invalidArgument` for a purchase without a token.
    public func recordPurchase(
        _ purchase: NewPurchase,
        age: Duration,
        sinceEnd: Duration,
        figures: PurchaseFigures,
        error: String? = nil
    ) async throws {
        let record = try self.record(of: purchase, age: age, sinceEnd: sinceEnd, figures: figures, error: error)
        try await self.database.write(timeout: self.deadline, record)
    }

    /// The transaction of `recordPurchase`.
    func record(
        of purchase: NewPurchase,
        age: Duration,
        sinceEnd: Duration,
        figures: PurchaseFigures,
        error: String?
    ) throws(StoreError) -> @Sendable (any SQLTransaction) throws -> Void {
        guard purchase.token != nil else {
            throw StoreError(.invalidArgument, "a purchase without a token cannot be written down behind its time")
        }
        return { [clock = self.clock] transaction in
            let now = try clock.now(in: transaction)
            let id = try LedgerRow(purchase, startedAt: now.before(age)).insert(in: transaction)
            try Self.finish(id, figures, error, at: now.before(sinceEnd), in: transaction)
        }
    }

    /// Ends a purchase with the figures of the whole request, which replace those of its pieces.
    ///
    /// An `error` makes it failed. Ending it again changes nothing. Throws `invalidArgument` for a purchase that the
    /// ledger lacks.
    public func finishPurchase(_ id: PurchaseID, figures: PurchaseFigures, error: String? = nil) async throws {
        let clock = self.clock
        try await self.database.write(timeout: self.deadline) { transaction in
            try Self.finish(id, figures, error, at: try clock.now(in: transaction), in: transaction)
        }
    }

    private static func finish(
        _ id: PurchaseID,
        _ figures: PurchaseFigures,
        _ error: String?,
        at end: Timestamp,
        in transaction: any SQLTransaction
    ) throws {
        let states = try transaction.query(
            "SELECT state FROM purchases WHERE id = $1 \(transaction.dialect.forUpdate)",
            [.integer(id.rawValue)]
        ) { try $0.text(0) }
        guard let state = states.first else {
            throw StoreError(.invalidArgument, "the ledger has no purchase \(id)")
        }
        guard state == Purchase.State.started.rawValue else { return }
        try transaction.execute(
            """
            UPDATE purchases SET state = $1, records = $2, bytes = $3, cost_usd = $4, requests = $5,
                finished_at = $6, duration_ns = $7, error = $8
            WHERE id = $9
            """,
            [
                .text((error == nil ? Purchase.State.done : .failed).rawValue),
                .integer(Int64(figures.recordCount)),
                .integer(Int64(figures.byteCount)),
                figures.costUSD.map { .double($0) } ?? .null,
                .integer(Int64(figures.requestCount)),
                .integer(end.nanoseconds),
                figures.duration.map { .integer($0.nanosecondsSaturating) } ?? .null,
                error.map { .text($0.clipped(to: 1_000)) } ?? .null,
                .integer(id.rawValue),
            ]
        )
    }

    /// Lists purchases, the newest first.
    public func ledger(_ query: LedgerQuery) async throws -> [Purchase] {
        guard (1...LedgerQuery.limitMax).contains(query.limit) else {
            throw StoreError(.invalidArgument, "the limit \(query.limit) is not 1 to \(LedgerQuery.limitMax)")
        }
        return try await self.database.read { transaction in
            let filter = LedgerFilter(query)
            return try transaction.query(
                """
                SELECT \(LedgerFilter.columns) FROM purchases WHERE \(filter.condition)
                ORDER BY started_at DESC, id DESC LIMIT \(query.limit)
                """,
                filter.parameters,
                row: LedgerFilter.purchase(of:)
            )
        }
    }

    /// Totals of a day and provider each, the newest day first; the query's limit counts totals.
    public func ledgerTotals(_ query: LedgerQuery) async throws -> [LedgerTotal] {
        guard (1...LedgerQuery.limitMax).contains(query.limit) else {
            throw StoreError(.invalidArgument, "the limit \(query.limit) is not 1 to \(LedgerQuery.limitMax)")
        }
        return try await self.database.read { transaction in
            let filter = LedgerFilter(query)
            return try transaction.query(
                """
                SELECT started_at / 86400000000000 AS day, provider, count(*),
                    CAST(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS BIGINT),
                    CAST(sum(CASE WHEN state = 'started' THEN 1 ELSE 0 END) AS BIGINT),
                    CAST(sum(records) AS BIGINT), CAST(sum(bytes) AS BIGINT), CAST(sum(requests) AS BIGINT),
                    coalesce(sum(cost_usd), 0.0), count(*) - count(cost_usd)
                FROM purchases WHERE \(filter.condition)
                GROUP BY started_at / 86400000000000, provider
                ORDER BY 1 DESC, provider LIMIT \(query.limit)
                """,
                filter.parameters,
                row: LedgerFilter.total(of:)
            )
        }
    }
}
