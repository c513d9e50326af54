/// A transaction on one session.
///
/// It begins on the server together with its first statement.
final class PostgresTransaction: SQLTransaction {
    /// What a transaction may do.
    enum Mode {
        case read
        case write

        /// The statement that begins the transaction.
        var begin: PostgresSession.Command {
            switch self {
            case .read: .control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            // Not READ WRITE, so that a standby or a role that may only read refuses the write, not the beginning.
            case .write: .control("BEGIN ISOLATION LEVEL READ COMMITTED")
            }
        }
    }

    private let session: PostgresSession
    private let mode: Mode
    private let interrupt: PostgresInterrupt
    private var hasBegun = false
    /// What failed on the server; the transaction cannot commit any more.
    private var failure: (any Error)?
    /// How the connection was lost before the first statement was answered, so that nothing has happened and the
    /// transaction may be run again on another connection.
    private(set) var harmlessLoss: SQLError?

    init(session: PostgresSession, mode: Mode, interrupt: PostgresInterrupt) {
        self.session = session
        self.mode = mode
        self.interrupt = interrupt
    }

    var dialect: SQLDialect { .postgres }

    func query<Value>(
        _ sql: String,
        _ parameters: [SQLValue],
        row: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var rows: PostgresRows?
        try self.run(sql, try PostgresParameters(parameters)) { rows = PostgresRows($0) }
        return try rows?.map(row) ?? []
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try self.execute(sql, try PostgresParameters(parameters))
    }

    func upsert(_ upsert: BulkUpsert) throws -> Int {
        var batches = try PostgresUpsert(upsert)
        var changedRowCount = 0
        while let batch = try batches.next() {
            changedRowCount += try self.execute(batches.sql, batch)
        }
        return changedRowCount
    }

    func executeScript(_ sql: String) throws {
        try self.recordFailure {
            if !self.hasBegun {
                try self.session.run([self.mode.begin], interrupt: self.interrupt) { _, _ in }
                self.hasBegun = true
            }
            try self.session.runScript(sql, interrupt: self.interrupt)
        }
    }

    /// Makes the transaction's changes durable.
    ///
    /// Throws when they are not, or when the connection broke before the server said whether they are.
    func commit() throws {
        if let failure = self.failure { throw failure }
        if let reason = self.interrupt.reason(at: .now) { throw reason.error }
        guard self.hasBegun else { return }
        guard self.session.handle.transactionState == .open else {
            throw SQLError(.syntax, "the transaction's closure ended the transaction by a statement of its own")
        }
        var tag = ""
        do {
            try self.session.run([.control("COMMIT")], interrupt: self.interrupt) { tag = $1.commandTag }
        } catch  where self.session.isBroken {
            // What was read stays true without the server's word.
            guard self.mode == .write else { return }
            throw SQLError(.connectionLost, "no answer to COMMIT; whether the transaction was committed is unknown")
        }
        guard tag == "COMMIT" else {
            throw SQLError(.other, "the server rolled the transaction back: COMMIT said \(tag)")
        }
    }

    private func execute(_ sql: String, _ parameters: PostgresParameters) throws -> Int {
        var changedRowCount = 0
        try self.run(sql, parameters) { changedRowCount += $0.changedRowCount }
        return changedRowCount
    }

    /// Runs a statement, and begins the transaction before if it is the first.
    private func run(
        _ sql: String,
        _ parameters: PostgresParameters,
        receive: (consuming PostgresResult) -> Void
    ) throws {
        let statement = PostgresSession.Command.statement(sql, parameters)
        try self.recordFailure {
            guard !self.hasBegun else {
                try self.session.run([statement], interrupt: self.interrupt) { receive($1) }
                return
            }
            try self.runFirst([self.mode.begin, statement]) { index, result in
                if index == 1 { receive(result) }
            }
        }
    }

    /// Runs the first statement; one that is not prepared as the server needs it is prepared anew in a new transaction.
    private func runFirst(
        _ commands: [PostgresSession.Command],
        receive: (Int, consuming PostgresResult) -> Void
    ) throws {
        let wasFresh = self.session.isFresh
        self.hasBegun = true
        do {
            try self.session.run(commands, interrupt: self.interrupt, receive: receive)
        } catch let error as SQLError where error.isStaleStatement {
            self.session.rollBack()
            guard !self.session.isBroken else { throw error }
            try self.session.run(commands, interrupt: self.interrupt, receive: receive)
        } catch let error as SQLError where error.code == .connectionLost {
            if !wasFresh { self.harmlessLoss = error }
            throw error
        }
    }

    /// Runs statements after none has failed, and remembers the failure.
    private func recordFailure(_ body: () throws -> Void) throws {
        if let failure = self.failure { throw failure }
        do {
            try body()
        } catch {
            self.failure = error
            throw error
        }
    }
}
