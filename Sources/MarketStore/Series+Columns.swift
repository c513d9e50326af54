import MarketData
import SQLDatabase

extension Series {
    /// The columns `provider`, `symbol`, `timeframe` and `kind`, by which a series is found.
    var keyColumns: [SQLValue] {
        [
            .text(self.provider.description), .text(self.symbol), .text(self.timeframe.rawValue),
            .text(self.kind.rawValue),
        ]
    }

    /// The series of a row that begins with those columns.
    ///
    /// Throws `corruptRow` for a timeframe or kind that this program does not know.
    init(keyColumnsOf row: any SQLRow) throws {
        guard let timeframe = Timeframe(rawValue: try row.text(2)), let kind = Series.Kind(rawValue: try row.text(3))
        else { throw StoreError(.corruptRow, "a series is of an unknown timeframe or kind") }
        try self.init(
            provider: try ProviderID(parsing: try row.text(0)),
            symbol: try row.text(1),
            timeframe: timeframe,
            kind: kind
        )
    }
}
