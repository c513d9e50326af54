public import MarketData
import SQLDatabase

extension MarketStore {
    /// Remembers which instruments symbols stood for; days that were known otherwise are overwritten.
    ///
    /// Throws `invalidArgument` for a mapping of no days.
    public func storeMappings(provider: ProviderID, _ mappings: [SymbolMappingRow]) async throws {
        let bySymbol = try Self.checkedBySymbol(mappings)
        guard !bySymbol.isEmpty else { return }
        try await self.database.write { transaction in
            // Sorted, so that two writers of the same symbols cannot wait for each other in a circle.
            for (symbol, mappings) in bySymbol {
                try Self.merge(mappings, of: symbol, provider: provider, in: transaction)
            }
        }
    }

    /// The mappings of each symbol, sorted by symbol.
    static func checkedBySymbol(
        _ mappings: [SymbolMappingRow]
    ) throws(StoreError) -> [(symbol: String, mappings: [SymbolMappingRow])] {
        if let empty = mappings.first(where: { $0.end <= $0.start }) {
            throw StoreError(
                .invalidArgument,
                "the mapping of \(empty.symbol) ends on \(empty.end), not after its start \(empty.start)"
            )
        }
        return Dictionary(grouping: mappings, by: \.symbol).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What is known of a symbol's instruments on the days that `range` touches, clipped to these days, in their order.
    public func mappings(
        provider: ProviderID,
        symbol: String,
        in range: TimeRange
    ) async throws -> [SymbolMappingRow] {
        let first = CivilDate(containing: range.start)
        let end = CivilDate(containing: range.end.advancedSaturating(byNanoseconds: -1)).advanced(byDays: 1)
        return try await self.database.read { transaction in
            try Self.storedMappings(provider: provider, symbol: symbol, from: first, to: end, in: transaction).map {
                SymbolMappingRow(
                    symbol: symbol,
                    instrumentID: $0.instrumentID,
                    start: max($0.start, first),
                    end: min($0.end, end)
                )
            }
        }
    }

    /// Remembers the mappings of one symbol, under its lock.
    static func merge(
        _ mappings: [SymbolMappingRow],
        of symbol: String,
        provider: ProviderID,
        in transaction: any SQLTransaction
    ) throws {
        if let lock = transaction.dialect.namedLockStatement {
            try transaction.execute(lock, [.text("symbol_mappings \(provider) \(symbol)")])
        }
        // A neighbour that touches is loaded too, to be joined.
        let first = mappings.map(\.start).min().map { $0.advanced(byDays: -1) } ?? CivilDate(daysSinceEpoch: 0)
        let end = mappings.map(\.end).max().map { $0.advanced(byDays: 1) } ?? first
        let stored = try Self.storedMappings(provider: provider, symbol: symbol, from: first, to: end, in: transaction)
        var timeline = MappingTimeline()
        for mapping in stored + mappings {
            timeline.assign(mapping)
        }
        guard timeline.rows != stored else { return }
        for row in stored {
            try transaction.execute(
                "DELETE FROM symbol_mappings WHERE provider = $1 AND symbol = $2 AND start_day = $3",
                [.text(provider.description), .text(symbol), .integer(row.start.daysSinceEpoch)]
            )
        }
        try transaction.upsert(
            BulkUpsert(
                into: "symbol_mappings",
                columns: [
                    ("provider", .constant(.text(provider.description))),
                    ("symbol", .constant(.text(symbol))),
                    ("start_day", .integers(timeline.rows.map(\.start.daysSinceEpoch))),
                    ("end_day", .integers(timeline.rows.map(\.end.daysSinceEpoch))),
                    ("instrument_id", .integers(timeline.rows.map { Int64($0.instrumentID) })),
                ],
                onConflict: ""
            )
        )
    }

    /// The stored mappings that share a day with `first ..< end`, in their order, not clipped.
    private static func storedMappings(
        provider: ProviderID,
        symbol: String,
        from first: CivilDate,
        to end: CivilDate,
        in transaction: any SQLTransaction
    ) throws -> [SymbolMappingRow] {
        try transaction.query(
            """
            SELECT start_day, end_day, instrument_id FROM symbol_mappings
            WHERE provider = $1 AND symbol = $2 AND start_day < $3 AND end_day > $4 ORDER BY start_day
            """,
            [
                .text(provider.description), .text(symbol), .integer(end.daysSinceEpoch),
                .integer(first.daysSinceEpoch),
            ]
        ) { row in
            SymbolMappingRow(
                symbol: symbol,
                instrumentID: UInt32(clamping: try row.integer(2)),
                start: CivilDate(daysSinceEpoch: try row.integer(0)),
                end: CivilDate(daysSinceEpoch: try row.integer(1))
            )
        }
    }
}
