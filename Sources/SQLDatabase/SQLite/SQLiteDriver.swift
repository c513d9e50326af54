import GRDB

/// A SQLite file, or a database in memory.
///
/// GRDB owns the connections and their threads: one writer and, for a file, concurrent readers of write-ahead-log
/// snapshots. Statements run on the connection directly.
final class SQLiteDriver: DatabaseDriver {
    let database: any DatabaseWriter
    let configuration: Database.Configuration
    let clock: any Clock<Duration>
    let connections: SQLiteConnections
    let writerGate: ConnectionGate
    /// The same gate as the writer's for a database in memory, which has one connection.
    let readerGate: ConnectionGate
    let isInMemory: Bool

    init(
        database: any DatabaseWriter,
        connections: SQLiteConnections,
        isInMemory: Bool,
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
        self.database = database
        self.connections = connections
        self.isInMemory = isInMemory
        self.configuration = configuration
        self.clock = clock
        self.writerGate = gate(1)
        self.readerGate = isInMemory ? self.writerGate : gate(configuration.connectionsMax)
    }

    var dialect: SQLDialect { .sqlite }

    var statistics: DatabaseStatistics {
        let gates = self.isInMemory ? [self.writerGate] : [self.writerGate, self.readerGate]
        return DatabaseStatistics(
            connections: self.connections.count,
            connectionsInUse: gates.reduce(0) { $0 + $1.slotsInUse },
            waiters: gates.reduce(0) { $0 + $1.waiterCount },
            refusals: gates.reduce(0) { $0 + $1.refusals },
            reconnections: 0
        )
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
        try await self.mappingErrors {
            try await self.writerGate.withSlot {
                try await self.database.writeWithoutTransaction { database in
                    try self.run(.write, on: database, timeout: timeout) { try body($0) }
                }
            }
        }
    }

    func close() async {
        await self.writerGate.close()
        await self.readerGate.close()
        // Nothing runs any more. Statements that are left would keep the connections open.
        self.connections.removeAll()
        // What cannot be closed now is closed when it is let go of.
        try? await DatabaseThread.run { try self.database.close() }
    }

    private func reading<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Value
    ) async throws -> Value {
        try await self.mappingErrors {
            try await self.readerGate.withSlot {
                try await self.database.unsafeRead { database in
                    try self.run(.read, on: database, timeout: timeout, body)
                }
            }
        }
    }

    /// Turns what GRDB throws into this module's errors; what a closure throws passes.
    private func mappingErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch is CancellationError {
            throw SQLError(.cancelled, "the task was cancelled")
        } catch let error as DatabaseError {
            throw SQLError.sqlite(error)
        }
    }
}
