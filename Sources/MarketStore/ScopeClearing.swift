import MarketData
import SQLDatabase

/// The transaction that clears a scope.
struct ScopeClearing: Sendable {
    private let scope: ClearScope

    init(_ scope: ClearScope) {
        self.scope = scope
    }

    /// Locks the series first, deletes their rows, then forgets their coverage: a series that another worker makes
    /// meanwhile loses at worst its coverage, never rows that its coverage still names.
    func run(in transaction: any SQLTransaction) throws -> ClearOutcome {
        let condition = self.seriesCondition
        _ = try transaction.query(
            "SELECT id FROM series WHERE \(condition.sql) ORDER BY id \(transaction.dialect.forUpdate)",
            condition.parameters
        ) { try $0.integer(0) }
        let bars = try self.delete("bars_cache", in: transaction) + self.deleteBlocks("", in: transaction)
        let quotes = try self.delete("quotes_cache", in: transaction)
        let trades = try self.delete("trades", in: transaction)
        _ = try self.delete("latest_fetches", in: transaction)
        _ = try self.delete("symbol_mappings", in: transaction)
        try transaction.execute(
            "DELETE FROM changed_day_checks WHERE series_id IN (SELECT id FROM series WHERE \(condition.sql))",
            condition.parameters
        )
        let cleared = try self.forgetCoverage(in: transaction)
        // Those of a series that another worker made and packed behind the first deletion.
        _ = try self.deleteBlocks("AND packed_end IS NULL", in: transaction)
        return ClearOutcome(
            series: cleared,
            barCount: bars,
            quoteCount: quotes,
            tradeCount: trades
        )
    }

    private var seriesCondition: (sql: String, parameters: [SQLValue]) {
        switch self.scope {
        case .all: ("1 = 1", [])
        case .symbol(let symbol, nil): ("symbol = $1", [.text(symbol)])
        case .symbol(let symbol, let provider?):
            ("symbol = $1 AND provider = $2", [.text(symbol), .text(provider.description)])
        case .series(let series):
            switch series.kind {
            case .quotes:
                (
                    "symbol = $1 AND provider = $2 AND kind = 'quotes'",
                    [.text(series.symbol), .text(series.provider.description)]
                )
            case .bars:
                (
                    "symbol = $1 AND provider = $2 AND timeframe = $3 AND kind = 'bars'",
                    [
                        .text(series.symbol), .text(series.provider.description), .text(series.timeframe.rawValue),
                    ]
                )
            }
        }
    }

    /// Which rows of a table belong to the scope, or nil for none.
    private func rowCondition(of table: String) -> (sql: String, parameters: [SQLValue])? {
        switch self.scope {
        case .all, .symbol:
            return self.seriesCondition
        case .series(let series) where series.kind == .bars && table == Bar.table:
            return Bar.condition(for: series)
        case .series(let series) where series.kind == .quotes && [Quote.table, "latest_fetches"].contains(table):
            return ("symbol = $1 AND provider = $2", [.text(series.symbol), .text(series.provider.description)])
        case .series:
            return nil
        }
    }

    private func delete(_ table: String, in transaction: any SQLTransaction) throws -> Int {
        guard let condition = self.rowCondition(of: table) else { return 0 }
        return try transaction.execute("DELETE FROM \(table) WHERE \(condition.sql)", condition.parameters)
    }

    /// Returns how many bars were in them.
    private func deleteBlocks(_ restriction: String, in transaction: any SQLTransaction) throws -> Int {
        let condition = self.seriesCondition
        return try transaction.query(
            """
            DELETE FROM bars_packed WHERE series_id IN (SELECT id FROM series WHERE \(condition.sql) \(restriction))
            RETURNING bar_count
            """,
            condition.parameters
        ) { Int(try $0.integer(0)) }.reduce(0, +)
    }

    private func forgetCoverage(in transaction: any SQLTransaction) throws -> [ClearOutcome.Cleared] {
        let condition = self.seriesCondition
        let nothing = "$\(condition.parameters.count + 1)"
        return try transaction.query(
            """
            UPDATE series SET version = version + 1, coverage = \(nothing), packed_end = NULL
            WHERE \(condition.sql) AND coverage <> \(nothing)
            RETURNING provider, symbol, timeframe, kind, version
            """,
            condition.parameters + [.blob(CoverageCodec.encode(Coverage(), hasBlocks: false))]
        ) { row -> ClearOutcome.Cleared? in
            guard let timeframe = Timeframe(rawValue: try row.text(2)),
                let kind = Series.Kind(rawValue: try row.text(3))
            else { return nil }
            let series = try Series(
                provider: try ProviderID(parsing: try row.text(0)),
                symbol: try row.text(1),
                timeframe: timeframe,
                kind: kind
            )
            return ClearOutcome.Cleared(series: series, version: try row.integer(4))
        }.compactMap { $0 }
    }
}
