public import SQLDatabase

extension MarketStore {
    /// Brings the tables to this program's version and returns what was applied now.
    ///
    /// Several processes may call it at once. Throws `SQLError` with the code `migration` for a database that is newer
    /// than this program or whose migrations were changed; nothing is changed then.
    @discardableResult
    public func migrate() async throws -> [AppliedMigration] {
        try await Migrator(migrations: self.migrations).migrate(self.database)
    }

    /// Which migrations the database has and which it still needs.
    public func migrationStatus() async throws -> MigrationStatus {
        try await Migrator(migrations: self.migrations).status(self.database)
    }

    private var migrations: [Migration] {
        switch self.database.dialect {
        case .sqlite: EmbeddedMigrations.sqlite
        case .postgres: EmbeddedMigrations.postgres
        }
    }
}
