import GRDBSQLite

/// Stops the statements of one transaction when its task is cancelled or its deadline has passed.
///
/// SQLite asks it from inside a running statement, on the thread of the task, and while it waits for the lock of another
/// process.
final class SQLiteInterruption {
    /// How many of SQLite's virtual machine instructions run between two questions: some tens of microseconds.
    private static let instructionsPerQuestion: Int32 = 2_000
    /// How long one wait for another process's lock lasts.
    private static let busyWaitMillis: Int32 = 5

    private let timeout: Duration
    private let deadline: Deadline
    private let busyTimeout: Duration
    private let clock: any Clock<Duration>
    private var busyDeadline: Deadline?

    init(deadline: Deadline, timeout: Duration, busyTimeout: Duration, clock: any Clock<Duration>) {
        self.timeout = timeout
        self.deadline = deadline
        self.busyTimeout = busyTimeout
        self.clock = clock
    }

    /// Why the transaction has to stop now, if it has to.
    var error: SQLError? {
        if Task.isCancelled {
            return SQLError(.cancelled, "the task was cancelled")
        }
        if self.deadline.isPast {
            return SQLError(.timedOut, "the transaction took longer than \(self.timeout)")
        }
        return nil
    }

    /// Runs `body` while SQLite asks this object whether to go on with the statements of `connection`.
    func watching<Result>(_ connection: OpaquePointer, _ body: () throws -> Result) rethrows -> Result {
        // The pointers live as long as this call, and so does `self`.
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            connection,
            Self.instructionsPerQuestion,
            { context in SQLiteInterruption.from(context).error == nil ? 0 : 1 },
            context
        )
        sqlite3_busy_handler(
            connection,
            { context, attempt in SQLiteInterruption.from(context).waitForLock(attempt: attempt) ? 1 : 0 },
            context
        )
        defer {
            sqlite3_progress_handler(connection, 0, nil, nil)
            sqlite3_busy_handler(connection, nil, nil)
        }
        return try withExtendedLifetime(self) { try body() }
    }

    private func waitForLock(attempt: Int32) -> Bool {
        if attempt == 0 {
            self.busyDeadline = Deadline(in: self.busyTimeout, on: self.clock)
        }
        guard self.error == nil, self.busyDeadline?.isPast == false else { return false }
        // It blocks the connection's own thread, as SQLite's own busy timeout would.
        sqlite3_sleep(Self.busyWaitMillis)
        return true
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> SQLiteInterruption {
        guard let context else { preconditionFailure("SQLite passes the context that it was given.") }
        return Unmanaged<SQLiteInterruption>.fromOpaque(context).takeUnretainedValue()
    }
}
