public import MarketData
public import SQLDatabase

extension MarketStore {
    /// Numbers that one statement asks about: all statements are alike, so that they are prepared once.
    private static var numbersPerStatement: Int { 100 }

    /// The versions of series, by the numbers of their rows, over one snapshot; a row that is gone has none.
    public func versions(ofSeries numbers: [Int64]) async throws -> [Int64: Int64] {
        let statements = Self.statements("SELECT id, version FROM series WHERE id IN", numbers)
        guard !statements.isEmpty else { return [:] }
        return try await self.database.snapshot(statements, timeout: self.deadline, into: [:]) { result, _, row in
            result[try row.integer(0)] = try row.integer(1)
        }
    }

    /// Which life of the server answers now; nil for SQLite.
    ///
    /// Behind a failover equal versions prove nothing. Ask it after the versions: these come from no later life then.
    public func epoch() async throws -> DatabaseEpoch? {
        try await self.database.epoch(timeout: self.deadline)
    }

    /// Series by the numbers of their rows; those of a timeframe or kind that this program does not know are left out.
    public func series(numbered numbers: [Int64]) async throws -> [Int64: Series] {
        let statements = Self.statements(
            "SELECT provider, symbol, timeframe, kind, id FROM series WHERE id IN",
            numbers
        )
        guard !statements.isEmpty else { return [:] }
        return try await self.database.snapshot(statements, timeout: self.deadline, into: [:]) { result, _, row in
            guard Timeframe(rawValue: try row.text(2)) != nil, Series.Kind(rawValue: try row.text(3)) != nil else {
                return
            }
            result[try row.integer(4)] = try Series(keyColumnsOf: row)
        }
    }

    private static func statements(_ select: String, _ numbers: [Int64]) -> [SQLStatement] {
        let positions = (1...Self.numbersPerStatement).map { "$\($0)" }.joined(separator: ", ")
        return stride(from: 0, to: numbers.count, by: Self.numbersPerStatement).map { start in
            let part = numbers[start..<min(start + Self.numbersPerStatement, numbers.count)]
            // The last number fills up the list.
            let filled = part + Array(repeating: part[part.endIndex - 1], count: Self.numbersPerStatement - part.count)
            return SQLStatement("\(select) (\(positions))", filled.map { .integer($0) }, rowsMax: part.count)
        }
    }
}
