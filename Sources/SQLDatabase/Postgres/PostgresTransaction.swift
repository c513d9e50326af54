/// A transaction on one session.
///
/// It begins on the server together with its first statement. A failed statement dooms it: every later call throws the
/// same error, and it rolls back even when the closure swallowed the error.
final class PostgresTransaction: SQLTransaction {
    /// What a transaction may do.
    enum Mode {
        case read
        case write

        /// The command that begins the transaction.
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
    private var isOver = false
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
        var values: [Value] = []
        var rowFailure: (any Error)?
        var current: PostgresRow?
        try self.run(sql) { () throws(SQLError) in
            try PostgresParameters(parameters)
        } receive: { result in
            guard rowFailure == nil else { return }
            do {
                try PostgresRow.lendEach(in: result, reusing: &current) { values.append(try row($0)) }
            } catch {
                // The closure's own failure does not doom the transaction.
                rowFailure = error
            }
        }
        if let rowFailure { throw rowFailure }
        return values
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try self.execute(sql) { () throws(SQLError) in try PostgresParameters(parameters) }
    }

    func upsert(_ upsert: BulkUpsert) throws -> Int {
        var batches = try self.dooming { try PostgresUpsert(upsert) }
        var changedRowCount = 0
        while batches.hasMoreRows {
            changedRowCount += try self.execute(batches.sql) { () throws(SQLError) in try batches.next() }
        }
        return changedRowCount
    }

    func executeScript(_ sql: String) throws {
        try self.dooming {
            try Self.checkControl(sql)
            if !self.hasBegun {
                try self.session.run([self.mode.begin], interrupt: self.interrupt) { _, _ in }
                self.hasBegun = true
            }
            try self.session.runScript(sql, interrupt: self.interrupt)
            try self.checkStillOpen()
        }
    }

    /// Ends the closure's use of the transaction and makes its changes durable.
    ///
    /// Throws when they are not, or when the connection broke before the server said whether they are.
    func commit() throws {
        self.isOver = true
        if let failure = self.failure { throw failure }
        if let reason = self.interrupt.reason(at: .now) { throw reason.error }
        guard self.hasBegun else { return }
        var tag = ""
        do {
            try self.session.run([.control("COMMIT")], interrupt: self.interrupt) { tag = $1.commandTag }
        } catch  where self.session.isBroken {
            // What was read stays true without the server's word.
            guard self.mode == .write else { return }
            throw SQLError(
                .connectionLost,
                "the server did not answer COMMIT; whether the transaction was committed is unknown"
            )
        }
        guard tag == "COMMIT" else {
            throw SQLError(.other, "the server rolled the transaction back: it answered COMMIT with \(tag)")
        }
    }

    /// Ends the closure's use of a transaction and rolls it back.
    func abandon() {
        self.isOver = true
        self.session.rollBack()
    }

    private func execute(_ sql: String, parameters: () throws(SQLError) -> PostgresParameters) throws -> Int {
        var changedRowCount = 0
        try self.run(sql, parameters: parameters) { changedRowCount += $0.changedRowCount }
        return changedRowCount
    }

    /// Runs a statement, and begins the transaction before if it is the first.
    private func run(
        _ sql: String,
        parameters: () throws(SQLError) -> PostgresParameters,
        receive: (consuming PostgresResult) -> Void
    ) throws {
        try self.dooming {
            try Self.checkControl(sql)
            let statement = PostgresSession.Command.statement(sql, try parameters())
            if self.hasBegun {
                try self.session.run([statement], interrupt: self.interrupt) { receive($1) }
            } else {
                try self.runFirst([self.mode.begin, statement]) { index, result in
                    if index == 1 { receive(result) }
                }
            }
            try self.checkStillOpen()
        }
    }

    /// Runs the first statement; one that is not prepared as the server needs it is prepared anew in a new transaction.
    private func runFirst(
        _ commands: [PostgresSession.Command],
        receive: (Int, consuming PostgresResult) -> Void
    ) throws {
        self.hasBegun = true
        var hasAnswer = false
        do {
            try self.session.run(commands, interrupt: self.interrupt) { index, result in
                hasAnswer = hasAnswer || index > 0
                receive(index, result)
            }
        } catch let error as SQLError where error.isStaleStatement {
            self.session.rollBack()
            guard !self.session.isBroken else { throw error }
            try self.session.run(commands, interrupt: self.interrupt, receive: receive)
        } catch let error as SQLError where error.code == .connectionLost {
            if !hasAnswer { self.harmlessLoss = error }
            throw error
        }
    }

    /// Runs a part of the closure's work if none has failed before, and remembers the failure.
    private func dooming<Value>(_ body: () throws -> Value) throws -> Value {
        if self.isOver { throw SQLError.transactionOver }
        if let failure = self.failure { throw failure }
        do {
            return try body()
        } catch {
            self.failure = error
            throw error
        }
    }

    private static func checkControl(_ sql: String) throws(SQLError) {
        if sql.withCString(SQLText.isTransactionControl) { throw .transactionControl }
    }

    /// Refuses a statement that has ended the transaction after all, in the middle of a script for example.
    private func checkStillOpen() throws(SQLError) {
        guard self.session.handle.transactionState == .open else { throw .transactionControl }
    }
}
