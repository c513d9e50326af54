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

    /// The channel on which the workers of a Postgres database tell each other what they store.
    public func noticeChannelName() async throws -> String { "\(Self.noticeChannelPrefix)\(try await self.identity())" }

    /// Sends notices to whoever listens on the store's channel, over a connection of the store; Postgres only.
    ///
    /// Each has at most 7,999 bytes. They wait for no disk, and for the server no longer than `timeout`.
    public func notify(_ payloads: [String], timeout: Duration) async throws {
        try await self.database.write(timeout: timeout) { transaction in
            try transaction.execute("SET LOCAL synchronous_commit = off", [])
            for payload in payloads {
                _ = try transaction.query(
                    "SELECT 1 FROM store_identity, pg_notify($1 || number, $2)",
                    [.text(Self.noticeChannelPrefix), .text(payload)]
                ) { try $0.integer(0) }
            }
        }
    }

    private static var noticeChannelPrefix: String { "tapedeck_" }
}
