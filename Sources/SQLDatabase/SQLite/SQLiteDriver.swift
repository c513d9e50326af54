/// A SQLite file, or a database in memory.
///
/// A file has one writer and, beside it, readers of snapshots of its write-ahead log; a database in memory has one
/// connection for both.
final class SQLiteDriver: DatabaseDriver {
    private let configuration: Database.Configuration
    private let clock: any Clock<Duration>
    private let writer: SQLiteConnection
    private let writerGate: ConnectionGate
    private let readers: (connections: SQLiteReaders, gate: ConnectionGate)?
    /// A reader that is asked for the file's changes and nothing else: what it says counts from its own last answer.
    private let watcher: (connection: SQLiteReaders, gate: ConnectionGate)?

    /// Takes over an open connection, and how to open readers, which is nil for a database in memory.
    init(
        writer: SQLiteConnection,
        openReader: (@Sendable () throws -> SQLiteConnection)?,
        configuration: Database.Configuration,
        clock: any Clock<Duration>
    ) {
        func gate(_ slotsMax: Int) -> ConnectionGate {
            ConnectionGate(
                slotsMax: slotsMax,
                waitersMax: configuration.waitersMax,
                acquireTimeout: configuration.acquireTimeout,
                clock: clock
            )
        }
        self.configuration = configuration
        self.clock = clock
        self.writer = writer
        self.writerGate = gate(1)
        self.readers = openReader.map { (SQLiteReaders(open: $0), gate(max(1, configuration.connectionsMax))) }
        self.watcher = openReader.map { (SQLiteReaders(open: $0), gate(1)) }
    }

    var dialect: SQLDialect { .sqlite }

    var statistics: DatabaseStatistics {
        let gates = [self.writerGate] + (self.readers.map { [$0.gate] } ?? [])
        var statistics = DatabaseStatistics(
            connections: (self.writerGate.isClosed ? 0 : 1) + (self.readers?.connections.openCount ?? 0)
                + (self.watcher?.connection.openCount ?? 0),
            connectionsInUse: gates.reduce(0) { $0 + $1.slotsInUse },
            waiters: gates.reduce(0) { $0 + $1.waiterCount },
            refusals: gates.reduce(0) { $0 + $1.refusals },
            reconnections: 0
        )
        for gate in gates { gate.waits.write(into: &statistics) }
        return statistics
    }

    func read<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await self.reading(timeout: timeout) { try body($0) }
    }

    func snapshot<Value: Sendable>(
        _ statements: [SQLStatement],
        timeout: Duration?,
        into initial: Value,
        row: @escaping @Sendable (inout Value, Int, any SQLRow) throws -> Void
    ) async throws -> Value {
        try await self.reading(timeout: timeout) { transaction in
            var value = initial
            for (index, statement) in statements.enumerated() {
                try transaction.forEachRow(statement.sql, statement.parameters) { try row(&value, index, $0) }
            }
            return value
        }
    }

    func write<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let limit = self.limit(timeout)
        return try await self.writerGate.withSlot(timeout: limit.timeout) {
            try await self.run(.write, on: self.writer, limit) { try body($0) }
        }
    }

    func backendProcess() async throws -> (announced: Int, actual: Int)? { nil }

    func changeCounter() async throws -> Int64? {
        guard let watcher = self.watcher else { return nil }
        return try await self.reading(watcher.connection, watcher.gate, self.limit(nil)) { transaction in
            try transaction.query("PRAGMA data_version", []) { try $0.integer(0) }.first
        }
    }

    func close() async {
        await self.writerGate.close()
        await self.readers?.gate.close()
        await self.watcher?.gate.close()
        // Nothing runs any more. The last connection to close writes the log back into the file.
        try? await DatabaseThread.run {
            self.readers?.connections.close()
            self.watcher?.connection.close()
            self.writer.close()
        }
    }

    private func reading<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Value
    ) async throws -> Value {
        let limit = self.limit(timeout)
        guard let readers = self.readers else {
            return try await self.writerGate.withSlot(timeout: limit.timeout) {
                try await self.run(.readOnWriter, on: self.writer, limit, body)
            }
        }
        return try await self.reading(readers.connections, readers.gate, limit, body)
    }

    private func reading<Value: Sendable>(
        _ connections: SQLiteReaders,
        _ gate: ConnectionGate,
        _ limit: (timeout: Duration, deadline: Deadline),
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Value
    ) async throws -> Value {
        try await gate.withSlot(timeout: limit.timeout) {
            try await connections.withReader { reader in
                try await self.run(.read, on: reader, limit, body)
            }
        }
    }

    private func run<Value: Sendable>(
        _ access: SQLiteTransaction.Access,
        on connection: SQLiteConnection,
        _ limit: (timeout: Duration, deadline: Deadline),
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Value
    ) async throws -> Value {
        try await connection.run { handle, statements in
            let interruption = SQLiteInterruption(
                deadline: limit.deadline,
                timeout: limit.timeout,
                busyTimeout: self.configuration.busyTimeout,
                clock: self.clock
            )
            return try SQLiteTransaction.run(access, on: handle, statements, interruption, body)
        }
    }

    /// The time that a call has, from now.
    private func limit(_ timeout: Duration?) -> (timeout: Duration, deadline: Deadline) {
        let timeout = timeout ?? self.configuration.transactionTimeout
        return (timeout, Deadline(in: timeout, on: self.clock))
    }
}
