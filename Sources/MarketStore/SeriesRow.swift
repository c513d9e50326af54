import MarketData
import SQLDatabase

/// A row of `series`, read under its lock.
struct SeriesRow {
    let id: Int64
    let timeframe: Timeframe
    var version: Int64
    var coverage: Coverage
    /// No block of the series ends behind it; nil without blocks.
    var packedEnd: Timestamp?

    /// Locks the row of `series`, made if it is missing, and the rows of the series that share its records.
    ///
    /// Bars share with nobody; the quotes of one symbol at one provider are shared by all timeframes.
    static func lock(
        _ series: Series,
        in transaction: any SQLTransaction
    ) throws -> (own: SeriesRow, siblings: [SeriesRow]) {
        if series.kind == .quotes {
            try Self.enterQuotes(provider: series.provider, symbol: series.symbol, in: transaction)
        }
        var rows = try Self.lockRows(series, in: transaction)
        if !rows.contains(where: { $0.timeframe == series.timeframe }) {
            try transaction.execute(
                """
                INSERT INTO series (provider, symbol, timeframe, kind, version, coverage)
                VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING
                """,
                series.keyColumns + [.blob(CoverageCodec.encode(Coverage(), hasBlocks: false))]
            )
            rows = try Self.lockRows(series, in: transaction)
        }
        guard let own = rows.firstIndex(where: { $0.timeframe == series.timeframe }) else {
            throw StoreError(.corruptRow, "the row of series \(series) is gone while it is locked")
        }
        let row = rows.remove(at: own)
        return (row, rows)
    }

    /// Locks the rows of all quotes series of a symbol at a provider.
    static func lockQuotes(
        provider: ProviderID,
        symbol: String,
        in transaction: any SQLTransaction
    ) throws -> [SeriesRow] {
        try Self.enterQuotes(provider: provider, symbol: symbol, in: transaction)
        return try Self.lock(
            where: "provider = $1 AND symbol = $2 AND kind = 'quotes'",
            [.text(provider.description), .text(symbol)],
            in: transaction
        )
    }

    /// Lets one writer of a symbol's quotes pass at a time.
    ///
    /// Row locks alone do not do: two writers that each make another timeframe's row neither see nor lock the other's.
    private static func enterQuotes(
        provider: ProviderID,
        symbol: String,
        in transaction: any SQLTransaction
    ) throws {
        if let lock = transaction.dialect.namedLockStatement {
            try transaction.execute(lock, [.text("quotes \(provider) \(symbol)")])
        }
    }

    private static func lockRows(_ series: Series, in transaction: any SQLTransaction) throws -> [SeriesRow] {
        let key: [SQLValue] = [.text(series.provider.description), .text(series.symbol)]
        switch series.kind {
        case .bars:
            return try Self.lock(
                where: "provider = $1 AND symbol = $2 AND kind = 'bars' AND timeframe = $3",
                key + [.text(series.timeframe.rawValue)],
                in: transaction
            )
        case .quotes:
            return try Self.lock(where: "provider = $1 AND symbol = $2 AND kind = 'quotes'", key, in: transaction)
        }
    }

    /// Locks the rows for which `condition` holds.
    ///
    /// In the order of their ids, so that writers cannot wait for each other in a circle. Rows of timeframes that this
    /// program does not know are left out.
    private static func lock(
        where condition: String,
        _ parameters: [SQLValue],
        in transaction: any SQLTransaction
    ) throws -> [SeriesRow] {
        try transaction.query(
            """
            SELECT id, timeframe, version, coverage, packed_end FROM series WHERE \(condition)
            ORDER BY id \(transaction.dialect.forUpdate)
            """,
            parameters
        ) { row -> SeriesRow? in
            guard let timeframe = Timeframe(rawValue: try row.text(1)) else { return nil }
            return SeriesRow(
                id: try row.integer(0),
                timeframe: timeframe,
                version: try row.integer(2),
                coverage: try CoverageCodec.decode(try row.blob(3)),
                packedEnd: try row.integerIfPresent(4).map { Timestamp(nanoseconds: $0) }
            )
        }.compactMap { $0 }
    }

    /// Whether a record of this series may stand at `timestamp`, and whether it is known that it does or does not.
    func covers(_ timestamp: Timestamp) -> Bool {
        self.timeframe.floor(timestamp) == timestamp
            && (self.coverage.final.contains(timestamp)
                || self.coverage.provisional.contains { $0.range.contains(timestamp) })
    }

    /// Raises the version by one and writes the row.
    mutating func saveRaisingVersion(in transaction: any SQLTransaction) throws {
        self.version += 1
        try self.save(in: transaction)
    }

    /// Writes the row, of which readers notice nothing: the version stays.
    func save(in transaction: any SQLTransaction) throws {
        let coverage = CoverageCodec.encode(self.coverage, hasBlocks: self.packedEnd != nil)
        try transaction.execute(
            "UPDATE series SET version = $1, coverage = $2, packed_end = $3 WHERE id = $4",
            [
                .integer(self.version), .blob(coverage), self.packedEnd.map { .integer($0.nanoseconds) } ?? .null,
                .integer(self.id),
            ]
        )
    }
}
