import Logging
import MarketData
import SQLDatabase

/// The transaction that stores a symbol's newest prices.
struct LatestWriter: Sendable {
    let provider: ProviderID
    let symbol: String
    let quote: Quote?
    let trade: Trade?
    let purchase: PurchaseID?
    let lease: LeaseToken?
    let age: Duration
    let clock: StoreClock
    let logger: Logger

    func write(in transaction: any SQLTransaction) throws {
        try self.lease?.spend(upTo: LeaseKey.latestRange.end, clock: self.clock, in: transaction)
        let series = try SeriesRow.lockQuotes(provider: self.provider, symbol: self.symbol, in: transaction)
        let now = try self.clock.now(in: transaction).before(self.age)
        if let quote = self.quote {
            let isChange = try !self.isStored(quote, in: transaction)
            try transaction.upsert(
                Quote.upsert([quote], symbol: self.symbol, provider: self.provider, fetchedAt: now)
            )
            for var row in series where isChange && row.covers(quote.timestamp) {
                try row.saveRaisingVersion(in: transaction)
            }
        }
        if let trade = self.trade {
            try transaction.upsert(trade.upsert(symbol: self.symbol, provider: self.provider, fetchedAt: now))
        }
        try transaction.execute(
            """
            INSERT INTO latest_fetches (symbol, provider, fetched_at) VALUES ($1, $2, $3)
            ON CONFLICT (symbol, provider) DO UPDATE SET fetched_at = excluded.fetched_at
            WHERE latest_fetches.fetched_at < excluded.fetched_at
            """,
            [.text(self.symbol), .text(self.provider.description), .integer(now.nanoseconds)]
        )
        let recordCount = (self.quote == nil ? 0 : 1) + (self.trade == nil ? 0 : 1)
        try self.purchase?.addProgress(
            recordCount: recordCount,
            byteCount: 0,
            in: transaction,
            logger: self.logger
        )
    }

    private func isStored(_ quote: Quote, in transaction: any SQLTransaction) throws -> Bool {
        let stored = try transaction.query(
            "SELECT \(Quote.columns) FROM quotes_cache WHERE symbol = $1 AND timestamp = $2 AND provider = $3",
            [.text(self.symbol), .integer(quote.timestamp.nanoseconds), .text(self.provider.description)]
        ) { try Quote(row: $0, at: 0) }
        return stored.first?.hasSameValues(as: quote) ?? false
    }
}
