public import MarketData
import SQLDatabase

extension MarketStore {
    /// The most series that one call lists.
    public static let seriesListLimitMax = 10_000

    /// Lists series by symbol, provider, timeframe and kind; a symbol or provider restricts the list.
    ///
    /// `countingRecords` counts the stored records of each, which reads the keys of all of them. For the next page ask
    /// with `after` set to the last series of the one before. Throws `invalidArgument` for a limit outside 1 to
    /// `seriesListLimitMax`.
    public func seriesList(
        symbol: String? = nil,
        provider: ProviderID? = nil,
        after: Series? = nil,
        countingRecords: Bool = false,
        limit: Int = 1_000
    ) async throws -> [SeriesSummary] {
        guard (1...Self.seriesListLimitMax).contains(limit) else {
            throw StoreError(.invalidArgument, "the limit \(limit) is not 1 to \(Self.seriesListLimitMax)")
        }
        let query = Self.listStatement(symbol: symbol, provider: provider, after: after, limit: limit)
        return try await self.database.read { transaction in
            let summaries = try transaction.query(query.sql, query.parameters, row: Self.summary(of:))
            guard countingRecords else { return summaries }
            return try summaries.map { try Self.counted($0, in: transaction) }
        }
    }

    /// Lists series like `seriesList`, by their names alone, so that also those show whose coverage cannot be read.
    public func seriesNames(
        symbol: String? = nil,
        provider: ProviderID? = nil,
        after: Series? = nil,
        limit: Int = 1_000
    ) async throws -> [Series] {
        guard (1...Self.seriesListLimitMax).contains(limit) else {
            throw StoreError(.invalidArgument, "the limit \(limit) is not 1 to \(Self.seriesListLimitMax)")
        }
        let query = Self.listStatement(symbol: symbol, provider: provider, after: after, limit: limit)
        return try await self.database.read { transaction in
            try transaction.query(query.sql, query.parameters, row: Series.init(keyColumnsOf:))
        }
    }

    private static func listStatement(
        symbol: String?,
        provider: ProviderID?,
        after: Series?,
        limit: Int
    ) -> SQLStatement {
        // Rows that a newer program wrote for timeframes or kinds of its own are left out here, so that pages stay full.
        var conditions = [
            "timeframe IN (\(Timeframe.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")))",
            "kind IN ('\(Series.Kind.bars.rawValue)', '\(Series.Kind.quotes.rawValue)')",
        ]
        var parameters: [SQLValue] = []
        func parameter(_ text: String) -> String {
            parameters.append(.text(text))
            return "$\(parameters.count)"
        }
        if let symbol { conditions.append("symbol = \(parameter(symbol))") }
        if let provider { conditions.append("provider = \(parameter(provider.description))") }
        if let after {
            let key = [after.symbol, after.provider.description, after.timeframe.rawValue, after.kind.rawValue]
            let values = key.map { parameter($0) }.joined(separator: ", ")
            conditions.append("(symbol, provider, timeframe, kind) > (\(values))")
        }
        return SQLStatement(
            """
            SELECT provider, symbol, timeframe, kind, version, coverage FROM series
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY symbol, provider, timeframe, kind LIMIT \(limit)
            """,
            parameters
        )
    }

    private static func summary(of row: any SQLRow) throws -> SeriesSummary {
        SeriesSummary(
            series: try Series(keyColumnsOf: row),
            version: try row.integer(4),
            coverage: try CoverageCodec.decode(try row.blob(5)),
            records: nil
        )
    }

    private static func counted(_ summary: SeriesSummary, in transaction: any SQLTransaction) throws -> SeriesSummary {
        let (table, filter) =
            switch summary.series.kind {
            case .bars: (Bar.table, Bar.condition(for: summary.series))
            case .quotes: (Quote.table, Quote.condition(for: summary.series))
            }
        let records = try transaction.query(
            "SELECT count(*), min(timestamp), max(timestamp) FROM \(table) WHERE \(filter.sql)",
            filter.parameters
        ) { row in
            SeriesSummary.Records(
                count: Int(try row.integer(0)),
                first: try row.integerIfPresent(1).map { Timestamp(nanoseconds: $0) },
                last: try row.integerIfPresent(2).map { Timestamp(nanoseconds: $0) }
            )
        }
        let packed = summary.series.kind == .bars ? try BlockTable.records(of: summary.series, in: transaction) : nil
        return SeriesSummary(
            series: summary.series,
            version: summary.version,
            coverage: summary.coverage,
            records: records.first.map { $0.joined(packed) }
        )
    }
}
