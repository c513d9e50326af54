import Locking

/// The connections that read a SQLite file, opened when they are first needed.
///
/// How many there are is limited by the gate in front of it.
final class SQLiteReaders: Sendable {
    private struct State {
        var idle: [SQLiteConnection] = []
        var openCount = 0
    }

    private let open: @Sendable () throws -> SQLiteConnection
    private let state = Locked(State())

    init(open: @escaping @Sendable () throws -> SQLiteConnection) {
        self.open = open
    }

    /// How many connections are open.
    var openCount: Int { self.state.withLock { $0.openCount } }

    /// Lends a connection that nobody else uses.
    func withReader<Value: Sendable>(_ body: (SQLiteConnection) async throws -> Value) async throws -> Value {
        // The one used last has the warmest caches.
        let idle = self.state.withLock { $0.idle.popLast() }
        let reader: SQLiteConnection
        if let idle {
            reader = idle
        } else {
            reader = try await DatabaseThread.run(self.open)
            self.state.withLock { $0.openCount += 1 }
        }
        defer { self.state.withLock { $0.idle.append(reader) } }
        return try await body(reader)
    }

    /// Closes all connections, which blocks.
    ///
    /// None may be in use.
    func close() {
        let readers = self.state.withLock { state in
            defer { state = State() }
            return state.idle
        }
        for reader in readers {
            reader.close()
        }
    }
}
