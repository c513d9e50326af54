import SQLDatabase

extension MarketStore {
    /// Returns when the database answers and lets a transaction write; throws what it answers otherwise.
    public func probe() async throws {
        try await self.database.write(timeout: self.deadline) { transaction in
            // Changes nothing, but takes the locks of a writer and needs the table.
            try transaction.execute("UPDATE latest_fetches SET fetched_at = fetched_at WHERE 1 = 0")
        }
    }
}
