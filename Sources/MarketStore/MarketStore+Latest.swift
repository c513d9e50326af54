public import MarketData
import SQLDatabase

extension MarketStore {
    /// The newest quote and trade of a symbol, and when they were last asked for.
    public func latestQuote(provider: ProviderID, symbol: String) async throws -> StoredLatest {
        let now = self.clock.expression(self.database.dialect, position: 3)
        let parameters: [SQLValue] = [.text(symbol), .text(provider.description)]
        let statements = [
            SQLStatement(
                """
                SELECT \(now.sql), fetched_at FROM (SELECT 1 AS one) AS always
                LEFT JOIN latest_fetches ON symbol = $1 AND provider = $2
                """,
                parameters + now.parameters
            ),
            SQLStatement(
                """
                SELECT fetched_at, \(Quote.columns) FROM quotes_cache WHERE symbol = $1 AND provider = $2
                ORDER BY timestamp DESC LIMIT 1
                """,
                parameters
            ),
            SQLStatement(
                """
                SELECT fetched_at, \(Trade.columns) FROM trades WHERE symbol = $1 AND provider = $2
                ORDER BY timestamp DESC, sequence DESC, ordinal DESC LIMIT 1
                """,
                parameters
            ),
        ]
        let empty = StoredLatest(quote: nil, trade: nil, askedAt: nil, databaseNow: Timestamp(nanoseconds: 0))
        return try await self.database.snapshot(statements, timeout: self.deadline, into: empty) { latest, index, row in
            latest = try latest.reading(row, ofStatement: index)
        }
    }

    /// Stores what a request for a symbol's newest prices brought, and that it was made.
    ///
    /// `age` is how long ago it was fetched. A quote that falls into the known range of a quotes series raises that series' version if it changes the series.
    /// Throws `invalidRecord` before anything is written when a price or size is not finite, and `leaseLost` when the
    /// `lease` under which it was bought is gone.
    public func storeLatest(
        provider: ProviderID,
        symbol: String,
        quote: Quote?,
        trade: Trade?,
        purchase: PurchaseID?,
        lease: LeaseToken? = nil,
        age: Duration = .zero
    ) async throws {
        let writer = try self.latestWriter(
            provider: provider,
            symbol: symbol,
            quote: quote,
            trade: trade,
            purchase: purchase,
            lease: lease,
            age: age
        )
        try await self.database.write { try writer.write(in: $0) }
    }

    /// The transaction of `storeLatest`.
    func latestWriter(
        provider: ProviderID,
        symbol: String,
        quote: Quote?,
        trade: Trade?,
        purchase: PurchaseID?,
        lease: LeaseToken?,
        age: Duration
    ) throws(StoreError) -> LatestWriter {
        if let quote, let defect = quote.defect() {
            throw StoreError(
                .invalidRecord,
                "\(provider) \(symbol): the quote at \(quote.timestamp) is refused: \(defect)"
            )
        }
        if let trade, let defect = trade.defect() {
            throw StoreError(
                .invalidRecord,
                "\(provider) \(symbol): the trade at \(trade.timestamp) is refused: \(defect)"
            )
        }
        return LatestWriter(
            provider: provider,
            symbol: symbol,
            quote: quote?.normalised(),
            trade: trade,
            purchase: purchase,
            lease: lease,
            age: age,
            clock: self.clock,
            logger: self.logger
        )
    }
}

extension StoredLatest {
    /// These prices with what a row of the statement at `index` says.
    fileprivate func reading(_ row: any SQLRow, ofStatement index: Int) throws -> StoredLatest {
        let time = try row.integerIfPresent(index == 0 ? 1 : 0).map { Timestamp(nanoseconds: $0) }
        switch index {
        case 0:
            let now = Timestamp(nanoseconds: try row.integer(0))
            return StoredLatest(quote: self.quote, trade: self.trade, askedAt: time, databaseNow: now)
        case 1:
            let quote = try Quote(row: row, at: 1)
            return StoredLatest(
                quote: time.map { Fetched(quote, at: $0) },
                trade: self.trade,
                askedAt: self.askedAt,
                databaseNow: self.databaseNow
            )
        default:
            let trade = try Trade(row: row, at: 1)
            return StoredLatest(
                quote: self.quote,
                trade: time.map { Fetched(trade, at: $0) },
                askedAt: self.askedAt,
                databaseNow: self.databaseNow
            )
        }
    }
}
