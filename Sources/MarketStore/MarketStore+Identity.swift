import SQLDatabase

extension MarketStore {
    /// The store's own number, drawn when its tables were made; a copy of the database has the same.
    public func identity() async throws -> Int64 {
        let numbers = try await self.database.read { transaction in
            try transaction.query("SELECT number FROM store_identity") { try $0.integer(0) }
        }
        guard let number = numbers.first else {
            throw StoreError(.corruptRow, "the store has no number: the row of store_identity is gone")
        }
        return number
    }
}
