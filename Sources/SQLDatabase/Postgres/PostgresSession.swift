/// One connection's conversation with the server.
///
/// Commands go out in pipelines, a round trip each. A session belongs to one thread, which it blocks while it waits for
/// the server, but never longer than until the interrupt's deadline and for the time that cancelling may take.
final class PostgresSession {
    /// One command of a pipeline.
    enum Command {
        /// BEGIN, COMMIT and the like; never prepared, and without rows.
        case control(String)
        case statement(String, PostgresParameters, rowsMax: Int? = nil)

        /// The most rows that are held at once in libpq's memory, some 250 bytes each.
        private static var wholeRowsMax: Int { 10_000 }

        /// Whether its rows come one by one, so that no result is held whole.
        var hasManyRows: Bool {
            guard case .statement(_, _, let rowsMax?) = self else { return true }
            return rowsMax > Self.wholeRowsMax
        }
    }

    /// How a session behaves.
    struct Configuration: Sendable {
        let settings: PostgresSettings
        /// The number of statements to keep prepared, nil to prepare none.
        let preparedStatementsMax: Int?
        let canceller: PostgresCanceller
        /// How long the server may take to end a statement after it was asked to; then the connection is dropped.
        let cancelTimeout: Duration
        /// How long the server may take to accept a new connection's settings.
        let settingTimeout: Duration
    }

    /// The oldest server that is accepted, as libpq counts.
    private static let serverVersionMin = 150_000

    let configuration: Configuration
    let handle: PostgresConnectionHandle
    /// Wakes the thread while it waits for the server.
    let wake: WakePipe
    var statements: PostgresStatementCache?
    /// Whether the conversation has lost its thread, so that the connection is good for nothing any more.
    var isBroken = false
    private var isConversing = false

    /// Connects, which blocks.
    ///
    /// Throws `unavailable`, `authenticationFailed`, `invalidURL`, and `other` for a server that is too old.
    init(_ configuration: Configuration) throws(SQLError) {
        self.configuration = configuration
        self.wake = try WakePipe()
        self.handle = try PostgresConnectionHandle(connectingTo: configuration.settings)
        let namePrefix = "tapedeck_\(UInt32.random(in: 0 ... .max))"
        self.statements = configuration.preparedStatementsMax.map {
            PostgresStatementCache(countMax: $0, namePrefix: namePrefix)
        }
        try Self.checkVersion(self.handle.serverVersion)
        try self.watchClient()
    }

    /// Lets the server end a statement whose client is gone, which it otherwise runs to its end with its locks held.
    ///
    /// It is no parameter of the connection, because poolers refuse those. A server that cannot is left as it is, and so
    /// is one that was told an interval.
    private func watchClient() throws(SQLError) {
        let watch = """
            SELECT set_config('client_connection_check_interval', '1s', false)
            WHERE current_setting('client_connection_check_interval') = '0'
            """
        let interrupt = PostgresInterrupt(deadline: .now + self.configuration.settingTimeout)
        do {
            try self.run([.control(watch)], interrupt: interrupt) { _, _ in }
        } catch  where !self.isReusable {
            throw SQLError(.unavailable, "\(self.handle.address) does not answer after the login")
        } catch {}
    }

    /// Refuses servers that are too old.
    static func checkVersion(_ version: Int) throws(SQLError) {
        guard version < Self.serverVersionMin else { return }
        let name = "\(version / 10_000).\(version % 10_000)"
        throw SQLError(.other, "Postgres \(name) is too old: version 15 or newer is required")
    }

    /// Whether the next transaction may use this connection.
    var isReusable: Bool { !self.isBroken && !self.handle.isBroken && self.handle.transactionState == .idle }

    /// Runs commands in one round trip, and hands results to `receive` with their command's index: all rows in one where
    /// they are known to be few, else each in one of its own where libpq can, then one without rows.
    ///
    /// When a command fails, the server skips the rest, and what failed is thrown. When `receive` throws, it is not
    /// called again, and its error is thrown after the rest has been read. When the interrupt stops the commands, its
    /// error is thrown, unless they ended with a COMMIT that succeeded. In all these cases the transaction stays open. A
    /// lost connection is thrown at once as `connectionLost` and leaves the session broken.
    func run(
        _ commands: [Command],
        interrupt: PostgresInterrupt,
        receive: (Int, consuming PostgresResult) throws -> Void
    ) throws {
        try self.converse(interrupt) { wait in
            var failure: (any Error)?
            for reply in try self.send(commands) {
                if case .command(let index, _) = reply, commands[index].hasManyRows { self.handle.receiveRowsSingly() }
                var isConfirmed = false
                while let result = try self.nextResult(&wait) {
                    do {
                        isConfirmed = try self.isSuccess(result) || isConfirmed
                        if case .command(let index, _) = reply, isConfirmed, failure == nil {
                            try receive(index, result)
                        }
                    } catch {
                        failure = failure ?? error
                        if self.isBroken { throw error }
                    }
                }
                self.note(reply, isConfirmed: isConfirmed, failure: failure as? SQLError)
            }
            try self.receiveSync(&wait)
            return failure
        }
    }

    /// Runs a script, several statements in one text, in a round trip of its own.
    ///
    /// Errors are as for `run`.
    func runScript(_ sql: String, interrupt: PostgresInterrupt) throws {
        try self.checkText(sql)
        try self.converse(interrupt) { wait in
            guard self.handle.sendScript(sql) else { throw self.lose() }
            var failure: (any Error)?
            while let result = try self.nextResult(&wait) {
                do {
                    _ = try self.isSuccess(result)
                } catch {
                    failure = failure ?? error
                    if self.isBroken { throw error }
                }
            }
            guard self.handle.endScript() else { throw self.lose() }
            return failure
        }
    }

    /// Rolls an open transaction back.
    ///
    /// The session is broken when that does not work in the time for cancelling.
    func rollBack() {
        guard !self.isBroken, self.handle.transactionState != .idle else { return }
        do {
            let interrupt = PostgresInterrupt(deadline: .now + self.configuration.cancelTimeout)
            try self.run([.control("ROLLBACK")], interrupt: interrupt) { _, _ in }
        } catch {
            self.isBroken = true
        }
    }

    /// Marks the session as broken and says so.
    func lose() -> SQLError {
        self.isBroken = true
        return SQLError(.connectionLost, "the connection to \(self.handle.address) broke")
    }

    /// Sends and receives while the interrupt can wake the thread, and throws the failure that `body` returns.
    private func converse(
        _ interrupt: PostgresInterrupt,
        _ body: (inout Wait) throws -> (any Error)?
    ) throws {
        guard !self.isConversing else {
            throw SQLError(.syntax, "a statement cannot run while the rows of another are being read")
        }
        if let reason = interrupt.reason(at: .now) { throw reason.error }
        self.isConversing = true
        interrupt.setWake(self.wake)
        defer {
            interrupt.setWake(nil)
            self.isConversing = false
        }
        var wait = Wait(interrupt: interrupt)
        let failure = try body(&wait)
        try self.endWait(&wait, isComplete: failure == nil && self.handle.transactionState == .idle)
        if let failure { throw failure }
    }
}
