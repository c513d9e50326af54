import GRDB
import GRDBSQLite

/// One SQLite connection with its own thread and prepared statements.
///
/// GRDB opens the connection and owns the thread; statements run on the connection directly.
final class SQLiteConnection: Sendable {
    /// The statements are used only inside closures of `queue`, which runs one at a time.
    private struct Confined: @unchecked Sendable {
        let statements: SQLiteStatementCache
    }

    private let queue: DatabaseQueue
    private let confined: Confined

    /// Opens a connection, which blocks.
    ///
    /// Throws `SQLError`.
    ///
    /// `path` is nil for a database in memory.
    init(path: String?, configuration: GRDB.Configuration, statementsMax: Int) throws(SQLError) {
        do {
            self.queue =
                try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
                ?? DatabaseQueue(configuration: configuration)
            self.confined = try self.queue.writeWithoutTransaction { database in
                guard let connection = database.sqliteConnection else { throw SQLError.databaseClosed }
                // An acknowledged write survives the loss of power, not only the end of the process: the log is flushed
                // at each commit. GRDB chooses NORMAL. For writes in batches the difference is next to nothing.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return Confined(
                    statements: SQLiteStatementCache(statementsMax: statementsMax, connection: connection)
                )
            }
        } catch let error as DatabaseError {
            throw .sqlite(error)
        } catch let error as SQLError {
            throw error
        } catch {
            throw SQLError(.unavailable, "the file cannot be opened")
        }
    }

    /// Runs `body` on the connection's thread.
    ///
    /// Throws `cancelled` without running it when the task has been cancelled.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (OpaquePointer, SQLiteStatementCache) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.queue.writeWithoutTransaction { database in
                guard let connection = database.sqliteConnection else { throw SQLError.databaseClosed }
                return try body(connection, self.confined.statements)
            }
        } catch is CancellationError {
            throw SQLError(.cancelled, "the task was cancelled")
        }
    }

    /// Closes the connection, which blocks.
    ///
    /// It may not be in use.
    func close() {
        self.queue.writeWithoutTransaction { _ in self.confined.statements.removeAll() }
        // It can fail only for statements that are left, and there are none.
        try? self.queue.close()
    }
}
