import MarketData
import SQLDatabase

extension Trade {
    /// The columns that `init(row:at:)` reads, in its order.
    static var columns: String { "timestamp, price, size, side, sequence" }

    /// Reads a trade from `columns`, the first of them at `column`.
    init(row: any SQLRow, at column: Int) throws(SQLError) {
        self.init(
            timestamp: Timestamp(nanoseconds: try row.integer(column)),
            price: try row.double(column + 1),
            size: try row.double(column + 2),
            side: Side(rawValue: try row.text(column + 3)) ?? .none,
            sequence: UInt32(clamping: try row.integer(column + 4))
        )
    }

    /// The upsert of one trade, the first of its instant and sequence number.
    func upsert(symbol: String, provider: ProviderID, fetchedAt: Timestamp) -> BulkUpsert {
        BulkUpsert(
            into: "trades",
            columns: [
                ("symbol", .constant(.text(symbol))),
                ("timestamp", .constant(.integer(self.timestamp.nanoseconds))),
                ("provider", .constant(.text(provider.description))),
                ("sequence", .constant(.integer(Int64(self.sequence)))),
                ("ordinal", .constant(.integer(0))),
                ("price", .constant(.double(self.price.withoutNegativeZero))),
                ("size", .constant(.double(self.size.withoutNegativeZero))),
                ("side", .constant(.text(self.side.rawValue))),
                ("fetched_at", .constant(.integer(fetchedAt.nanoseconds))),
            ],
            onConflict: """
                ON CONFLICT (symbol, timestamp, provider, sequence, ordinal) DO UPDATE SET
                    price = excluded.price, size = excluded.size, side = excluded.side, fetched_at = excluded.fetched_at
                """
        )
    }

    /// What is wrong with the values, or nil.
    func defect() -> String? {
        self.price.priceDefect("price") ?? self.size.quantityDefect("size")
    }
}
