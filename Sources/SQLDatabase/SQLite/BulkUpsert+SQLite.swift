extension BulkUpsert {
    /// The statement that is run for each row; its parameters are the columns in their order.
    var sqliteStatement: String {
        let names = self.columns.map { Self.quoted($0.name) }.joined(separator: ", ")
        let parameters = (1...max(1, self.columns.count)).map { "$\($0)" }.joined(separator: ", ")
        return "INSERT INTO \(Self.quoted(self.table)) (\(names)) VALUES (\(parameters)) \(self.onConflict)"
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
