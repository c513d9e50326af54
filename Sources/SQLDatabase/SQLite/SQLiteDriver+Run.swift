import GRDB

extension SQLiteDriver {
    enum Access {
        case read
        case write
    }

    /// Runs a whole transaction on the thread of a connection.
    func run<Value>(
        _ access: Access,
        on database: GRDB.Database,
        timeout: Duration?,
        _ body: (SQLiteTransaction) throws -> Value
    ) throws -> Value {
        guard let connection = database.sqliteConnection else { throw SQLError.databaseClosed }
        let interruption = SQLiteInterruption(
            timeout: timeout ?? self.configuration.transactionTimeout,
            busyTimeout: self.configuration.busyTimeout,
            clock: self.clock
        )
        let transaction = SQLiteTransaction(
            connection: connection,
            statements: self.connections.statements(of: connection),
            interruption: interruption
        )
        return try interruption.watching(connection) {
            try self.begin(access, on: connection, interruption)
            do {
                let value = try body(transaction)
                try transaction.finish()
                try SQLiteTransaction.control("COMMIT", on: connection)
                self.end(access, on: connection)
                return value
            } catch {
                transaction.abandon()
                // SQLite may have rolled back by itself; then this fails and nothing is left to do.
                try? SQLiteTransaction.control("ROLLBACK", on: connection)
                self.end(access, on: connection)
                throw error
            }
        }
    }

    private func begin(
        _ access: Access,
        on connection: OpaquePointer,
        _ interruption: SQLiteInterruption
    ) throws(SQLError) {
        if let error = interruption.error { throw error }
        do {
            switch access {
            case .write: try SQLiteTransaction.control("BEGIN IMMEDIATE", on: connection)
            case .read where self.isInMemory:
                try SQLiteTransaction.control("PRAGMA query_only = 1; BEGIN", on: connection)
            case .read: try SQLiteTransaction.control("BEGIN", on: connection)
            }
        } catch {
            self.end(access, on: connection)
            // A wait for another process's lock ends as busy, whatever ended it.
            throw interruption.error ?? error
        }
    }

    private func end(_ access: Access, on connection: OpaquePointer) {
        guard self.isInMemory, case .read = access else { return }
        // It cannot fail: it only sets a flag of the connection.
        try? SQLiteTransaction.control("PRAGMA query_only = 0", on: connection)
    }
}
