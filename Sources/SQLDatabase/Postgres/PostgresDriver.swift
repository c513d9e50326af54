import Logging

/// Postgres through libpq, with a pool of connections that each have a thread of their own.
///
/// A deadline counts from the call and includes the wait for a connection. A transaction's closure runs a second time
/// when its connection turns out to be lost before its first statement was answered.
final class PostgresDriver: DatabaseDriver {
    /// What a longer timeout counts as; later instants do not fit the system's clocks.
    private static let timeoutMax: Duration = .seconds(365 * 86_400)

    private let pool: PostgresPool
    private let transactionTimeout: Duration

    private init(pool: PostgresPool, transactionTimeout: Duration) {
        self.pool = pool
        self.transactionTimeout = transactionTimeout
    }

    /// Opens the first connection, so that a wrong address, a refused login or a server that is too old shows at once.
    ///
    /// `cancelTimeout` is how long the server may take to end a statement that was cancelled; then the connection is
    /// dropped. Throws `invalidURL`, `unavailable`, `authenticationFailed`, and `other` for a server before version 15.
    static func open(
        url: String,
        configuration: Database.Configuration,
        logger: Logger,
        cancelTimeout: Duration = .seconds(2)
    ) async throws -> PostgresDriver {
        let connectionsMax = max(1, configuration.connectionsMax)
        let connectTimeout = min(configuration.connectTimeout, Self.timeoutMax)
        let pool = PostgresPool(
            limits: ConnectionPoolStateMachine.Limits(
                connectionsMax: connectionsMax,
                waitersMax: configuration.waitersMax,
                reconnectBackoff: configuration.reconnectBackoff
            ),
            acquireTimeout: min(configuration.acquireTimeout, Self.timeoutMax),
            configuration: PostgresSession.Configuration(
                settings: try PostgresSettings(
                    url: url,
                    connectTimeout: connectTimeout
                ),
                preparedStatementsMax: configuration.usesPreparedStatements ? configuration.preparedStatementsMax : nil,
                canceller: PostgresCanceller(requestsMax: connectionsMax),
                cancelTimeout: cancelTimeout,
                settingTimeout: max(connectTimeout, .seconds(2))
            ),
            logger: logger
        )
        let driver = PostgresDriver(pool: pool, transactionTimeout: configuration.transactionTimeout)
        // An attempt that outlasts the deadline ends by itself, and its connection with it.
        try await pool.run(interrupt: driver.interrupt(timeout: nil)) { _ in }
        return driver
    }

    var dialect: SQLDialect { .postgres }

    var statistics: DatabaseStatistics { self.pool.statistics }

    func read<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await self.run(.read, timeout: timeout, body)
    }

    func write<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await self.run(.write, timeout: timeout, body)
    }

    func snapshot<Value: Sendable>(
        _ statements: [SQLStatement],
        timeout: Duration?,
        into initial: Value,
        row: @escaping @Sendable (inout Value, Int, any SQLRow) throws -> Void
    ) async throws -> Value {
        let interrupt = self.interrupt(timeout: timeout)
        return try await self.pool.run(interrupt: interrupt) { session in
            try Self.checkOpen(session)
            return try PostgresSnapshot.run(statements, on: session, interrupt: interrupt, into: initial, row: row)
        }
    }

    func backendProcess() async throws -> (announced: Int, actual: Int)? {
        let interrupt = self.interrupt(timeout: nil)
        return try await self.pool.run(interrupt: interrupt) { session in
            try Self.checkOpen(session)
            let transaction = PostgresTransaction(session: session, mode: .read, interrupt: interrupt)
            do {
                let processes = try transaction.query("SELECT CAST(pg_backend_pid() AS BIGINT)") { try $0.integer(0) }
                try transaction.commit()
                return (announced: session.handle.announcedProcess, actual: Int(processes[0]))
            } catch {
                transaction.abandon()
                throw error
            }
        }
    }

    func changeCounter() async throws -> Int64? { nil }

    func close() async {
        await self.pool.close()
    }

    private func interrupt(timeout: Duration?) -> PostgresInterrupt {
        PostgresInterrupt(deadline: .now + min(timeout ?? self.transactionTimeout, Self.timeoutMax))
    }

    private func run<Value: Sendable>(
        _ mode: PostgresTransaction.Mode,
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let interrupt = self.interrupt(timeout: timeout)
        return try await self.pool.run(interrupt: interrupt) { session in
            try Self.checkOpen(session)
            let transaction = PostgresTransaction(session: session, mode: mode, interrupt: interrupt)
            do {
                let value = try body(transaction)
                try transaction.commit()
                return value
            } catch {
                transaction.abandon()
                // The server may have become a standby: a new connection looks for the primary again.
                if mode == .write, (error as? SQLError)?.code == .readOnly { session.isBroken = true }
                guard let loss = transaction.harmlessLoss else { throw error }
                throw PostgresRetry(cause: .lostAtFirstStatement, error: loss)
            }
        }
    }

    private static func checkOpen(_ session: PostgresSession) throws(PostgresRetry) {
        guard !session.isStillOpen() else { return }
        throw PostgresRetry(cause: .closedBeforeUse, error: session.lose())
    }
}
