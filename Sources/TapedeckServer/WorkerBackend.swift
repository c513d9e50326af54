public import MarketData
public import MarketStore

/// What a worker answers from, given to it by the program that builds the object graph.
public struct WorkerBackend: Sendable {
    /// Whether the database can serve.
    public enum Readiness: Sendable, Equatable {
        /// It answers and its schema is the program's.
        case ready
        /// It is not usable, for the reason given, which holds no secret.
        case notReady(String)
    }

    /// Figures about the database.
    public struct DatabaseFigures: Sendable, Equatable {
        /// The number of rows of each table, by name, in the order to show them.
        public var rows: [(table: String, count: Int)] = []
        /// The tables of which `rows` tells an estimate, or a number that they have at least.
        public var inexactTables: Set<String> = []
        /// Bytes on disk, nil when not known.
        public var bytes: Int?
        /// How many bytes there are more than at an earlier time, about a day ago; nil when not known.
        public var growth: (bytes: Int, since: Timestamp)?

        /// Creates figures about an empty database.
        public init() {}

        /// Whether both have the same tables with the same figures.
        public static func == (left: DatabaseFigures, right: DatabaseFigures) -> Bool {
            left.bytes == right.bytes && left.inexactTables == right.inexactTables
                && left.growth?.bytes == right.growth?.bytes && left.growth?.since == right.growth?.since
                && left.rows.elementsEqual(right.rows, by: ==)
        }
    }

    /// How the database's connections are used now.
    public struct PoolFigures: Sendable, Equatable {
        /// Open connections.
        public var connections = 0
        /// Connections that run a transaction.
        public var connectionsInUse = 0
        /// Callers that wait for a connection.
        public var waiters = 0
        /// Waits that ended in a refusal since the start.
        public var refusals = 0
        /// Connections opened anew after a loss since the start.
        public var reconnections = 0
        /// Waits for a connection that have ended since the start.
        public var waits = 0
        /// How long they took together.
        public var waitTime: Duration = .zero

        /// Creates figures of nothing.
        public init() {}
    }

    /// Reads the ledger.
    public struct Ledger: Sendable {
        /// Lists purchases, the newest first.
        let purchases: @Sendable (LedgerQuery) async throws -> [Purchase]
        /// Lists totals of a day and provider each, the newest first.
        let totals: @Sendable (LedgerQuery) async throws -> [LedgerTotal]

        /// Creates a reader from its two questions.
        public init(
            purchases: @escaping @Sendable (LedgerQuery) async throws -> [Purchase],
            totals: @escaping @Sendable (LedgerQuery) async throws -> [LedgerTotal]
        ) {
            self.purchases = purchases
            self.totals = totals
        }
    }

    /// The cache.
    let cache: any MarketDataService
    /// Asks the database; may take its time, the worker has its own limit.
    let readiness: @Sendable () async throws -> Readiness
    /// Counts what the database holds.
    let database: @Sendable () async throws -> DatabaseFigures
    /// Asks the database how many bytes it takes.
    let databaseByteCount: @Sendable () async throws -> Int
    /// Looks at the connection pool, without waiting.
    let pool: @Sendable () -> PoolFigures
    /// What was bought.
    let ledger: Ledger

    /// Creates a backend from a cache and closures about its database.
    public init(
        cache: any MarketDataService,
        readiness: @escaping @Sendable () async throws -> Readiness,
        database: @escaping @Sendable () async throws -> DatabaseFigures,
        databaseByteCount: @escaping @Sendable () async throws -> Int,
        pool: @escaping @Sendable () -> PoolFigures,
        ledger: Ledger
    ) {
        self.cache = cache
        self.readiness = readiness
        self.database = database
        self.databaseByteCount = databaseByteCount
        self.pool = pool
        self.ledger = ledger
    }
}
