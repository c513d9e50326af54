/// One connection's conversation with the server.
///
/// Commands go out in pipelines, a round trip each. A session belongs to one thread, which it blocks while it waits for
/// the server, but never longer than until the interrupt's deadline and for the time that cancelling may take.
final class PostgresSession {
    /// One command of a pipeline.
    enum Command {
        /// BEGIN, COMMIT and the like; never prepared, and without rows.
        case control(String)
        case statement(String, PostgresParameters)
    }

    /// How a session behaves.
    struct Configuration: Sendable {
        let settings: PostgresSettings
        /// The number of statements to keep prepared, nil to prepare none.
        let preparedStatementsMax: Int?
        let canceller: PostgresCanceller
        /// How long the server may take to end a statement after it was asked to; then the connection is dropped.
        let cancelTimeout: Duration
    }

    /// What the server answers next.
    private enum Reply {
        case deallocation(name: String)
        case preparation(name: String)
        case command(index: Int, key: PostgresStatementCache.Key?)
    }

    /// The oldest server that is accepted, as libpq counts.
    private static let serverVersionMin = 150_000

    let configuration: Configuration
    let wake: WakePipe
    let handle: PostgresConnectionHandle
    /// Whether nothing was sent yet, so that the server cannot have closed the connection as idle.
    private(set) var isFresh = true
    /// Whether the conversation has lost its thread, so that the connection is good for nothing any more.
    var isBroken = false
    private var statements: PostgresStatementCache?

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
        let version = self.handle.serverVersion
        guard version >= Self.serverVersionMin else {
            let name = "\(version / 10_000).\(version % 10_000)"
            throw SQLError(.other, "Postgres \(name) is too old: version 15 or newer is required")
        }
    }

    /// Whether the next transaction may use this connection.
    var isReusable: Bool { !self.isBroken && !self.handle.isBroken && self.handle.transactionState == .idle }

    /// Runs commands in one round trip, and hands each result to `receive` with its command's index.
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
        if let reason = interrupt.reason(at: .now) { throw reason.error }
        let replies = try self.send(commands)
        self.isFresh = false
        var wait = Wait(interrupt: interrupt)
        interrupt.setWake(self.wake)
        defer { interrupt.setWake(nil) }
        var failure: (any Error)?
        for reply in replies {
            var isConfirmed = false
            while let result = try self.nextResult(&wait) {
                do {
                    isConfirmed = try self.check(result) || isConfirmed
                    if case .command(let index, _) = reply, isConfirmed, failure == nil {
                        try receive(index, result)
                    }
                } catch {
                    failure = failure ?? error
                }
                if self.isBroken, let failure { throw failure }
            }
            self.note(reply, isConfirmed: isConfirmed, failure: failure)
        }
        try self.receiveSync(&wait)
        try self.endWait(&wait, isComplete: failure == nil && self.handle.transactionState == .idle)
        if let failure { throw failure }
    }

    /// Runs a script, several statements in one text, in a round trip of its own.
    ///
    /// Errors are as for `run`.
    func runScript(_ sql: String, interrupt: PostgresInterrupt) throws {
        if let reason = interrupt.reason(at: .now) { throw reason.error }
        try self.checkText(sql)
        guard self.handle.sendScript(sql) else { throw self.lose() }
        self.isFresh = false
        var wait = Wait(interrupt: interrupt)
        interrupt.setWake(self.wake)
        defer { interrupt.setWake(nil) }
        var failure: (any Error)?
        while let result = try self.nextResult(&wait) {
            do {
                _ = try self.check(result)
            } catch {
                failure = failure ?? error
            }
            if self.isBroken, let failure { throw failure }
        }
        guard self.handle.endScript() else { throw self.lose() }
        try self.endWait(&wait, isComplete: false)
        if let failure { throw failure }
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

    /// Queues the commands, with what their preparation needs before them.
    private func send(_ commands: [Command]) throws(SQLError) -> [Reply] {
        var replies: [Reply] = []
        var isQueued = true
        let noParameters = PostgresParameters()
        for name in self.statements?.discarded ?? [] {
            isQueued = isQueued && self.handle.send("DEALLOCATE \(name)", noParameters)
            replies.append(.deallocation(name: name))
        }
        for case .statement(let sql, _) in commands { try self.checkText(sql) }
        for (index, command) in commands.enumerated() {
            switch command {
            case .control(let sql):
                isQueued = isQueued && self.handle.send(sql, noParameters)
                replies.append(.command(index: index, key: nil))
            case .statement(let sql, let parameters) where self.statements == nil:
                isQueued = isQueued && self.handle.send(sql, parameters)
                replies.append(.command(index: index, key: nil))
            case .statement(let sql, let parameters):
                let key = PostgresStatementCache.Key(sql: sql, parameterTypes: parameters.types)
                guard let use = self.statements?.use(key) else { break }
                if use.mustPrepare {
                    isQueued = isQueued && self.handle.sendPrepare(use.name, sql, parameterTypes: parameters.types)
                    replies.append(.preparation(name: use.name))
                }
                isQueued = isQueued && self.handle.sendPrepared(use.name, parameters)
                replies.append(.command(index: index, key: key))
            }
        }
        guard isQueued, self.handle.sendSync() else { throw self.lose() }
        return replies
    }

    /// Refuses a text that libpq would cut.
    private func checkText(_ sql: String) throws(SQLError) {
        guard !sql.utf8.contains(0) else { throw SQLError(.syntax, "the statement holds a NUL character") }
    }

    /// Whether a result says that its command was carried out.
    ///
    /// Throws what failed.
    private func check(_ result: borrowing PostgresResult) throws(SQLError) -> Bool {
        switch result.status {
        case .rows, .done: return true
        case .skipped: return false
        case .failure:
            let error = SQLError(result)
            if error.code == .connectionLost { self.isBroken = true }
            throw error
        case .unsupported:
            self.isBroken = true
            throw SQLError(.syntax, "COPY is not supported here; use upsert")
        case .pipelineSync:
            throw self.lose()
        }
    }

    /// Tells the statement cache what the server has answered.
    private func note(_ reply: Reply, isConfirmed: Bool, failure: (any Error)?) {
        switch reply {
        case .deallocation(let name) where isConfirmed:
            self.statements?.confirmDiscarded(name)
        case .preparation(let name) where isConfirmed:
            self.statements?.confirmPrepared(name)
        case .preparation(let name):
            self.statements?.confirmFailed(name)
        case .command(_, let key?) where !isConfirmed && (failure as? SQLError)?.isStaleStatement == true:
            self.statements?.forget(key)
        case .deallocation, .command:
            break
        }
        if !isConfirmed, let failure = failure as? SQLError, failure.isUnknownStatement {
            self.statements?.forgetAll()
        }
    }

    /// Reads the end of a pipeline.
    private func receiveSync(_ wait: inout Wait) throws {
        guard let result = try self.nextResult(&wait), case .pipelineSync = result.status else { throw self.lose() }
    }
}
