/// Brings a database to the version of the program, forward only.
///
/// Each migration is applied in one transaction together with its row in `schema_migrations`, under a lock of the whole
/// database: any number of processes may start at once, and a step that fails leaves no trace. Before anything is
/// changed, what the database has is compared with what the program knows.
public struct Migrator: Sendable {
    /// Any number; all versions of the program use the same.
    ///
    /// Its bytes spell "tapedeck".
    private static let postgresLockKey: Int64 = 0x7461_7065_6465_636B
    /// How often the wait for another process that migrates a SQLite file is repeated; one lasts the busy timeout.
    private static let busyAttemptsMax = 100

    private let migrations: [Migration]
    private let timeout: Duration

    /// Creates a migrator of all migrations for one dialect.
    ///
    /// `timeout` is what one migration may take, waiting for other processes on Postgres included.
    public init(migrations: [Migration], timeout: Duration = .seconds(600)) {
        self.migrations = migrations
        self.timeout = timeout
    }

    /// Applies what the database lacks and returns it.
    ///
    /// Throws `migration`, naming the migration: one that was applied has been changed since or is unknown to this
    /// program, one is missing between others, or a new one fails. Nothing of that one has been changed then.
    public func migrate(_ database: Database) async throws -> [AppliedMigration] {
        try self.checkNumbers()
        guard try await !self.status(database).isCurrent else { return [] }
        var applied: [AppliedMigration] = []
        while let next = try await self.applyNext(database) {
            applied.append(next)
        }
        return applied
    }

    /// What the database has and lacks.
    ///
    /// Throws `migration` as `migrate` does, and changes nothing.
    public func status(_ database: Database) async throws -> MigrationStatus {
        try self.checkNumbers()
        return try await database.read { transaction in
            let applied = try Self.tableExists(transaction) ? Self.applied(transaction) : []
            return MigrationStatus(applied: applied, pending: try self.pending(after: applied))
        }
    }

    /// Applies one migration, or none when another process was faster or all are there.
    private func applyNext(_ database: Database) async throws -> AppliedMigration? {
        var attempt = 1
        while true {
            do {
                return try await database.write(timeout: self.timeout) { try self.applyNext(in: $0) }
            } catch let error as SQLError where error.code == .busy && attempt < Self.busyAttemptsMax {
                attempt += 1
            }
        }
    }

    private func applyNext(in transaction: any SQLTransaction) throws -> AppliedMigration? {
        if transaction.dialect == .postgres {
            try transaction.execute("SELECT pg_advisory_xact_lock($1)", [.integer(Self.postgresLockKey)])
        }
        try transaction.execute(Self.createTable)
        guard let migration = try self.pending(after: Self.applied(transaction)).first else { return nil }
        do {
            if transaction.dialect == .postgres, PostgresScriptScanner.hasTransactionControl(migration.sql) {
                throw SQLError.transactionControl
            }
            try transaction.executeScript(migration.sql)
        } catch let error as SQLError where !Self.isInterruption(error) {
            throw SQLError(.migration, "migration \(migration) failed: \(error.message)", sqlState: error.sqlState)
        }
        return try Self.record(migration, transaction)
    }

    /// What is still to be applied.
    ///
    /// Throws where the database has something else than the program knows.
    private func pending(after applied: [AppliedMigration]) throws(SQLError) -> [Migration] {
        for (index, old) in applied.enumerated() {
            guard old.number == index + 1 else {
                throw SQLError(.migration, "the database has migration \(old), but none with the number \(index + 1)")
            }
            guard index < self.migrations.count else {
                throw SQLError(.migration, "the database is newer than this program: it has migration \(old)")
            }
            let known = self.migrations[index]
            guard old.name == known.name, old.checksum == known.checksum else {
                throw SQLError(.migration, "migration \(old) was changed after it had been applied; it is \(known) now")
            }
        }
        return Array(self.migrations.dropFirst(applied.count))
    }

    private func checkNumbers() throws(SQLError) {
        for (index, migration) in self.migrations.enumerated() where migration.number != index + 1 {
            throw SQLError(.migration, "migration \(migration) stands where the number \(index + 1) is expected")
        }
    }

    private static func isInterruption(_ error: SQLError) -> Bool {
        [.cancelled, .timedOut, .connectionLost, .busy, .closed].contains(error.code)
    }
}

// MARK: - The table schema_migrations

extension Migrator {
    private static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number BIGINT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """

    private static func tableExists(_ transaction: any SQLTransaction) throws -> Bool {
        let query =
            switch transaction.dialect {
            case .sqlite: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
            case .postgres: "SELECT count(to_regclass('schema_migrations'))"
            }
        return try transaction.query(query) { try $0.integer(0) } == [1]
    }

    private static func applied(_ transaction: any SQLTransaction) throws -> [AppliedMigration] {
        try transaction.query("SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number") {
            row in
            AppliedMigration(
                number: Int(try row.integer(0)),
                name: try row.text(1),
                checksum: try row.text(2),
                appliedAtNanos: try row.integer(3)
            )
        }
    }

    private static func record(
        _ migration: Migration,
        _ transaction: any SQLTransaction
    ) throws -> AppliedMigration {
        let now =
            switch transaction.dialect {
            case .sqlite: "CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000000"
            case .postgres: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000"
            }
        try transaction.execute(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, \(now))",
            [.integer(Int64(migration.number)), .text(migration.name), .text(migration.checksum)]
        )
        let recorded = try Self.applied(transaction)
        guard let last = recorded.last, last.number == migration.number else {
            throw SQLError(.migration, "migration \(migration) changed the table schema_migrations")
        }
        return last
    }
}
