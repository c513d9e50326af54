import MarketData
import SQLDatabase

extension MarketStore {
    /// Writes a purchase down before its request is made, so that the ledger knows it whatever happens then.
    public func beginPurchase(_ purchase: NewPurchase) async throws -> PurchaseID {
        let clock = self.clock
        return try await self.database.write { transaction in
            let ids = try transaction.query(
                """
                INSERT INTO purchases (
                    provider, symbol, timeframe, kind, range_start, range_end, client, request_id, state, records,
                    bytes, requests, started_at
                ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'started', 0, 0, 0, $9) RETURNING id
                """,
                [
                    .text(purchase.provider.description),
                    .text(purchase.symbol),
                    purchase.timeframe.map { .text($0.rawValue) } ?? .null,
                    .text(purchase.kind.rawValue),
                    purchase.range.map { .integer($0.start.nanoseconds) } ?? .null,
                    purchase.range.map { .integer($0.end.nanoseconds) } ?? .null,
                    .text(purchase.client.clipped(to: 200)),
                    .text(purchase.requestID.clipped(to: 200)),
                    .integer(try clock.now(in: transaction).nanoseconds),
                ]
            ) { try $0.integer(0) }
            return PurchaseID(rawValue: ids[0])
        }
    }

    /// Ends a purchase with the figures of the whole request, which replace those of its pieces.
    ///
    /// An `error` makes it failed. Ending it again changes nothing. Throws `invalidArgument` for a purchase that the
    /// ledger lacks.
    public func finishPurchase(_ id: PurchaseID, figures: PurchaseFigures, error: String? = nil) async throws {
        let clock = self.clock
        try await self.database.write { transaction in
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
                    .integer(try clock.now(in: transaction).nanoseconds),
                    figures.duration.map { .integer($0.nanosecondsSaturating) } ?? .null,
                    error.map { .text($0.clipped(to: 1_000)) } ?? .null,
                    .integer(id.rawValue),
                ]
            )
        }
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

extension String {
    /// The first `count` characters, without zero characters, which Postgres cannot store.
    fileprivate func clipped(to count: Int) -> String {
        String(self.lazy.filter { $0 != "\0" }.prefix(count))
    }
}

extension Duration {
    /// Whole nanoseconds, at least 0 and held within Int64.
    fileprivate var nanosecondsSaturating: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || sumOverflow ? (seconds > 0 ? .max : 0) : max(0, sum)
    }
}
