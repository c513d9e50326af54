import SQLDatabase

extension PurchaseID {
    /// Adds to the purchase's figures and returns whether the ledger has it. One that has ended keeps its totals.
    func addProgress(recordCount: Int, byteCount: Int, in transaction: any SQLTransaction) throws -> Bool {
        let changed = try transaction.execute(
            """
            UPDATE purchases SET
                records = records + CASE WHEN state = 'started' THEN CAST($1 AS BIGINT) ELSE 0 END,
                bytes = bytes + CASE WHEN state = 'started' THEN CAST($2 AS BIGINT) ELSE 0 END
            WHERE id = $3
            """,
            [.integer(Int64(recordCount)), .integer(Int64(byteCount)), .integer(self.rawValue)]
        )
        return changed == 1
    }
}
