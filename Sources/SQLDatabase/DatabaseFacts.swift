/// What a database says of itself, for a diagnosis.
public struct DatabaseFacts: Hashable, Sendable {
    /// The version: `PostgreSQL 15.18`, `SQLite 3.40.1`.
    public let version: String
    /// Whether it takes no writes, as a standby does.
    public let isReadOnly: Bool
    /// Whether something between here and the server shares its connections, as PgBouncer does; nil for SQLite.
    public let isPooled: Bool?
    /// How a SQLite file is written (`wal`); nil for Postgres.
    public let journalMode: String?
    /// The SQLite file, nil for one in memory and for Postgres.
    public let path: String?

    /// Creates facts.
    public init(version: String, isReadOnly: Bool, isPooled: Bool?, journalMode: String?, path: String?) {
        self.version = version
        self.isReadOnly = isReadOnly
        self.isPooled = isPooled
        self.journalMode = journalMode
        self.path = path
    }
}

extension Database {
    /// What the database says of itself.
    ///
    /// A pooler is noticed by the number of the server's process, which it does not pass on.
    public func facts() async throws -> DatabaseFacts {
        switch self.dialect {
        case .sqlite:
            try await self.read { transaction in
                try transaction.query(
                    """
                    SELECT sqlite_version(), (SELECT journal_mode FROM pragma_journal_mode()),
                        (SELECT file FROM pragma_database_list() WHERE name = 'main')
                    """
                ) { row in
                    let path = try row.textIfPresent(2) ?? ""
                    return DatabaseFacts(
                        version: "SQLite \(try row.text(0))",
                        isReadOnly: false,
                        isPooled: nil,
                        journalMode: try row.text(1),
                        path: path.isEmpty ? nil : path
                    )
                }[0]
            }
        case .postgres:
            try await self.postgresFacts()
        }
    }

    private func postgresFacts() async throws -> DatabaseFacts {
        let known = try await self.backendProcess()
        return try await self.read { transaction in
            try transaction.query(
                "SELECT current_setting('server_version'), CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END"
            ) { row in
                DatabaseFacts(
                    version: "PostgreSQL \(try row.text(0))",
                    isReadOnly: try row.integer(1) == 1,
                    isPooled: known.map { $0.announced != $0.actual },
                    journalMode: nil,
                    path: nil
                )
            }[0]
        }
    }
}
