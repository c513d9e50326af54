public import Logging

/// A database: a Postgres server or a SQLite file, behind one interface.
///
/// Transactions are lent to closures that run on the database's own threads. Cancelling the calling task, or passing the
/// deadline, cancels the running statement on the server and rolls the transaction back. On Postgres a closure runs a
/// second time when its connection turns out to be lost before the first statement was answered.
public final class Database: Sendable {
    /// Limits and timeouts, each with its default.
    public struct Configuration: Sendable {
        /// Connections at most: for Postgres in all, for SQLite readers beside the one writer.
        public var connectionsMax = 8
        /// Callers that may wait for a connection; one more is refused with `poolExhausted`.
        ///
        /// For a SQLite file the writer and the readers have a queue each.
        public var waitersMax = 1_000
        /// How long a caller waits for a connection before `poolExhausted`.
        public var acquireTimeout: Duration = .seconds(10)
        /// How long one connection attempt may take.
        public var connectTimeout: Duration = .seconds(5)
        /// How long a transaction may take, waiting for a connection included, unless its call says otherwise.
        public var transactionTimeout: Duration = .seconds(30)
        /// How long a SQLite writer waits for another process's lock before `busy`.
        public var busyTimeout: Duration = .seconds(5)
        /// Whether Postgres statements are prepared once a connection and reused.
        ///
        /// Switch it off behind a pooler in transaction mode that does not track prepared statements.
        public var usesPreparedStatements = true
        /// Prepared statements kept for each connection; the least recently used goes first.
        public var preparedStatementsMax = 200
        /// Waits between attempts to reconnect: the first, doubled each time with jitter up to the last.
        public var reconnectBackoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(5)

        /// Creates a configuration with the defaults.
        public init() {}
    }

    private let driver: any DatabaseDriver

    init(driver: any DatabaseDriver) {
        self.driver = driver
    }

    /// Opens a database and checks that it answers.
    ///
    /// `url` is `sqlite:PATH`, `sqlite::memory:`, or `postgres://…` / `postgresql://…` with all that libpq accepts. A
    /// missing folder for the SQLite file is made. Throws `SQLError` (`invalidURL`, `unavailable`,
    /// `authenticationFailed`); no error shows the address's password.
    public static func connect(
        _ url: String,
        configuration: Configuration = Configuration(),
        logger: Logger
    ) async throws -> Database {
        Database(driver: try await DatabaseURL(parsing: url).openDriver(configuration: configuration, logger: logger))
    }

    /// Which database this is.
    public var dialect: SQLDialect { self.driver.dialect }

    /// Runs `body` in a read-only transaction with one snapshot for all its queries.
    public func read<Value: Sendable>(
        timeout: Duration? = nil,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await self.driver.read(timeout: timeout, body)
    }

    /// Runs `body` in a transaction that may write.
    ///
    /// On SQLite it holds the one writer's lock from the start; on Postgres it is READ COMMITTED.
    @discardableResult
    public func write<Value: Sendable>(
        timeout: Duration? = nil,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await self.driver.write(timeout: timeout, body)
    }

    /// Runs queries over one snapshot, on Postgres in a single round trip, and hands each row to `row` with its query's
    /// index.
    ///
    /// They are for rows that are found by key: on Postgres a query is planned once for all values of its parameters, by
    /// index wherever there is one.
    public func snapshot<Value: Sendable>(
        _ statements: [SQLStatement],
        timeout: Duration? = nil,
        into initial: Value,
        row: @escaping @Sendable (inout Value, Int, any SQLRow) throws -> Void
    ) async throws -> Value {
        try await self.driver.snapshot(statements, timeout: timeout, into: initial, row: row)
    }

    /// The number of the server's process as it was announced at the login and as the server tells it; nil for SQLite.
    func backendProcess() async throws -> (announced: Int, actual: Int)? {
        try await self.driver.backendProcess()
    }

    /// A number that differs from the one before when anything was committed to a SQLite file since, by this process or
    /// another; nil for Postgres, and for a database in memory, which nobody else can see.
    ///
    /// Compare it with "differs": it counts no commits, and begins anew with each `Database`. It is asked on a connection
    /// that is kept for it, so it waits for no reader or writer, and reads some bytes of shared memory but no table: a few
    /// tens of microseconds. Throws as `read` does.
    public func changeCounter() async throws -> Int64? {
        try await self.driver.changeCounter()
    }

    /// How the pool is used now.
    public var statistics: DatabaseStatistics { self.driver.statistics }

    /// Waits for running transactions, then closes all connections.
    ///
    /// Later calls throw `closed`.
    public func close() async {
        await self.driver.close()
    }
}

/// How a database's connections are used.
public struct DatabaseStatistics: Hashable, Sendable {
    /// Open connections.
    public var connections: Int
    /// Connections that run a transaction now.
    public var connectionsInUse: Int
    /// Callers that wait for a connection now.
    public var waiters: Int
    /// Waits that ended in `poolExhausted` since the start.
    public var refusals: Int
    /// Connections opened anew after a loss since the start.
    public var reconnections: Int
    /// Waits for a connection that have ended since the start, however they ended.
    public var waits = 0
    /// How long they took together.
    public var waitTime: Duration = .zero

    /// Creates a snapshot of figures.
    public init(connections: Int, connectionsInUse: Int, waiters: Int, refusals: Int, reconnections: Int) {
        self.connections = connections
        self.connectionsInUse = connectionsInUse
        self.waiters = waiters
        self.refusals = refusals
        self.reconnections = reconnections
    }
}
