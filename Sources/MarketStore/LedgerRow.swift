import MarketData
import SQLDatabase

/// A row of the ledger as it is first written.
struct LedgerRow {
    private static let insertion = """
        INSERT INTO purchases (
            provider, symbol, timeframe, kind, range_start, range_end, client, request_id, state, records, bytes,
            requests, started_at, token, estimated_usd
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'started', 0, 0, 0, $9, $10, $11) ON CONFLICT (token) DO NOTHING RETURNING id
        """
    private let purchase: NewPurchase
    private let parameters: [SQLValue]

    init(_ purchase: NewPurchase, startedAt: Timestamp) {
        self.purchase = purchase
        self.parameters = [
            .text(purchase.provider.description),
            .text(purchase.symbol),
            purchase.timeframe.map { .text($0.rawValue) } ?? .null,
            .text(purchase.kind.rawValue),
            purchase.range.map { .integer($0.start.nanoseconds) } ?? .null,
            purchase.range.map { .integer($0.end.nanoseconds) } ?? .null,
            .text(purchase.client.clippedForLedger),
            .text(purchase.requestID.clippedForLedger),
            .integer(startedAt.nanoseconds),
            purchase.token.map { .text($0) } ?? .null,
            purchase.estimatedUSD.map { .double($0) } ?? .null,
        ]
    }

    /// Writes the row, unless the ledger has one with the token, and answers its number.
    func insert(in transaction: any SQLTransaction) throws -> PurchaseID {
        let ids = try transaction.query(Self.insertion, self.parameters) { PurchaseID(rawValue: try $0.integer(0)) }
        if let id = ids.first { return id }
        guard let id = try self.purchase.storedID(in: transaction) else {
            throw StoreError(.corruptRow, "the ledger refuses a purchase without saying why")
        }
        return id
    }
}

extension NewPurchase {
    /// The number of the row with the purchase's token, nil when there is none.
    func storedID(in transaction: any SQLTransaction) throws -> PurchaseID? {
        guard let token = self.token else { return nil }
        return try transaction.query("SELECT id FROM purchases WHERE token = $1", [.text(token)]) {
            PurchaseID(rawValue: try $0.integer(0))
        }.first
    }
}

extension String {
    /// The text as the ledger keeps names: its first 200 characters.
    var clippedForLedger: String { self.clipped(to: 200) }

    /// The first `count` characters, without zero characters, which Postgres cannot store.
    func clipped(to count: Int) -> String {
        String(self.lazy.filter { $0 != "\0" }.prefix(count))
    }
}

extension Duration {
    /// Whole nanoseconds, at least 0 and held within Int64.
    var nanosecondsSaturating: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || sumOverflow ? (seconds > 0 ? .max : 0) : max(0, sum)
    }
}

extension Timestamp {
    /// The time so long before this one.
    func before(_ age: Duration) -> Timestamp {
        self.advancedSaturating(byNanoseconds: -age.nanosecondsSaturating)
    }
}
