/// Queries over one snapshot in a single round trip: BEGIN, the queries and COMMIT travel together.
enum PostgresSnapshot {
    /// What comes before the queries.
    ///
    /// They look rows up by key, whatever the values are. Left to itself the server plans some of them anew each time,
    /// because it cannot know how few rows a LIMIT that is a parameter leaves, and that takes three times as long as
    /// running them. One plan is made for good, so it must not be that of a table that was nearly empty then.
    private static let head: [PostgresSession.Command] = [
        PostgresTransaction.Mode.read.begin,
        .control("SET LOCAL plan_cache_mode = force_generic_plan"),
        .control("SET LOCAL enable_seqscan = off"),
    ]

    /// Runs the queries and folds their rows into a value.
    static func run<Value>(
        _ statements: [SQLStatement],
        on session: PostgresSession,
        interrupt: PostgresInterrupt,
        into initial: Value,
        row: (inout Value, Int, any SQLRow) throws -> Void
    ) throws -> Value {
        guard !statements.isEmpty else { return initial }
        var commands = self.head
        for statement in statements {
            let parameters = try PostgresParameters(statement.parameters)
            commands.append(.statement(statement.sql, parameters, rowsMax: statement.rowsMax))
        }
        commands.append(.control("COMMIT"))
        do {
            return try self.runOnce(commands, on: session, interrupt: interrupt, into: initial, row: row)
        } catch let error as SQLError where error.isStaleStatement {
            session.rollBack()
            guard !session.isBroken else { throw error }
            return try self.runOnce(commands, on: session, interrupt: interrupt, into: initial, row: row)
        }
    }

    private static func runOnce<Value>(
        _ commands: [PostgresSession.Command],
        on session: PostgresSession,
        interrupt: PostgresInterrupt,
        into initial: Value,
        row: (inout Value, Int, any SQLRow) throws -> Void
    ) throws -> Value {
        var value = initial
        var hasAnswer = false
        var current: (index: Int, row: PostgresRow?) = (0, nil)
        do {
            try session.run(commands, interrupt: interrupt) { index, result in
                if index != current.index { current = (index, nil) }
                try PostgresRow.lendEach(in: result, reusing: &current.row) {
                    hasAnswer = true
                    try row(&value, index - self.head.count, $0)
                }
            }
        } catch {
            session.rollBack()
            guard let loss = error as? SQLError, loss.code == .connectionLost, !hasAnswer else {
                throw error
            }
            throw PostgresRetry(cause: .lostAtFirstStatement, error: loss)
        }
        return value
    }
}
