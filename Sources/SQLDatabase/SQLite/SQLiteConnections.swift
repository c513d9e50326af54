import Locking

/// The statement caches of a database's connections.
final class SQLiteConnections: Sendable {
    /// A cache is used only on the thread of its connection, one transaction at a time; here it is only kept.
    private struct Kept: @unchecked Sendable {
        let statements: SQLiteStatementCache
    }

    private let statementsMax: Int
    /// By the address of the connection, which is the same as long as it is open.
    private let kept = Locked<[Int: Kept]>([:])

    init(statementsMax: Int) {
        self.statementsMax = statementsMax
    }

    /// How many connections have been opened.
    var count: Int { self.kept.withLock { $0.count } }

    /// Begins to keep statements for a connection that has just been opened.
    func add(_ connection: OpaquePointer) {
        let new = Kept(statements: SQLiteStatementCache(statementsMax: self.statementsMax, connection: connection))
        let address = Int(bitPattern: connection)
        self.kept.withLock { $0[address] = new }
    }

    /// The statements of an open connection.
    func statements(of connection: OpaquePointer) -> SQLiteStatementCache {
        let address = Int(bitPattern: connection)
        guard let kept = self.kept.withLock({ $0[address] }) else {
            preconditionFailure("Every connection is added when it is opened.")
        }
        return kept.statements
    }

    /// Finalises all statements.
    ///
    /// No connection may be in use.
    func removeAll() {
        self.kept.withLock { kept in
            defer { kept = [:] }
            return kept
        }
        .values.forEach { $0.statements.removeAll() }
    }
}
