import MarketData

/// Which instrument one symbol stood for, day by day: sorted, without overlaps, neighbours of one instrument joined.
struct MappingTimeline: Hashable {
    private(set) var rows: [SymbolMappingRow] = []

    /// Sets the days of `mapping`, in place of what was known of them.
    mutating func assign(_ mapping: SymbolMappingRow) {
        var parts: [SymbolMappingRow] = []
        for row in self.rows {
            if let before = Self.row(row, from: row.start, to: min(row.end, mapping.start)) { parts.append(before) }
            if let after = Self.row(row, from: max(row.start, mapping.end), to: row.end) { parts.append(after) }
        }
        parts.append(mapping)
        parts.sort { $0.start < $1.start }
        self.rows = []
        for part in parts {
            if let last = self.rows.last, last.end == part.start, last.instrumentID == part.instrumentID {
                self.rows[self.rows.count - 1] = Self.row(last, from: last.start, to: part.end) ?? last
            } else {
                self.rows.append(part)
            }
        }
    }

    private static func row(_ row: SymbolMappingRow, from start: CivilDate, to end: CivilDate) -> SymbolMappingRow? {
        guard start < end else { return nil }
        return SymbolMappingRow(symbol: row.symbol, instrumentID: row.instrumentID, start: start, end: end)
    }
}
