extension SQLiteTransaction {
    /// What a transaction may do, and on which kind of connection.
    enum Access {
        /// Reads, on a connection that can do nothing else.
        case read
        /// Reads, on the connection that also writes.
        case readOnWriter
        /// Reads and writes, with the writer's lock from the start.
        case write
    }

    /// Runs a whole transaction on the thread of its connection: it has ended when this returns or throws.
    static func run<Value>(
        _ access: Access,
        on connection: OpaquePointer,
        _ statements: SQLiteStatementCache,
        _ interruption: SQLiteInterruption,
        _ body: (SQLiteTransaction) throws -> Value
    ) throws -> Value {
        if let error = interruption.error { throw error }
        return try interruption.watching(connection) {
            defer { Self.restore(access, statements) }
            try Self.begin(access, statements, interruption)
            let transaction = SQLiteTransaction(
                connection: connection,
                statements: statements,
                interruption: interruption
            )
            do {
                let value = try body(transaction)
                try transaction.finish()
                try statements.control("COMMIT")
                return value
            } catch {
                transaction.abandon()
                // SQLite may have rolled back by itself; then this fails and nothing is left to do.
                try? statements.control("ROLLBACK")
                throw error
            }
        }
    }

    private static func begin(
        _ access: Access,
        _ statements: SQLiteStatementCache,
        _ interruption: SQLiteInterruption
    ) throws(SQLError) {
        do {
            switch access {
            case .read:
                try statements.control("BEGIN")
            case .readOnWriter:
                try statements.control("PRAGMA query_only = 1")
                try statements.control("BEGIN")
            case .write:
                try statements.control("BEGIN IMMEDIATE")
            }
        } catch {
            // A wait for another process's lock ends as busy, whatever ended it.
            throw interruption.error ?? error
        }
    }

    private static func restore(_ access: Access, _ statements: SQLiteStatementCache) {
        guard case .readOnWriter = access else { return }
        // It cannot fail: it only sets a flag of the connection.
        try? statements.control("PRAGMA query_only = 0")
    }
}
