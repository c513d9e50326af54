import Logging
import MarketData
import MarketStore
import Providers
import SQLDatabase
import ServiceLifecycle
import Tapedeck
import TapedeckServer

/// The object graph: database, store, providers and cache, built from settings.
struct Assembly: Sendable {
    /// What the graph is built for.
    enum Purpose {
        /// A worker: it brings the tables to this program's version and looks for changed days.
        case worker
        /// One command: it makes tables only in an empty database, as it must not change those of a running fleet by
        /// surprise, and does nothing beside what it is asked.
        case command
        /// The command that looks at migrations itself.
        case migration
    }

    let settings: Settings
    let store: MarketStore
    let cache: MarketDataCache
    /// The time of day for everything that is answered.
    let time: DatabaseClock
    let logger: Logger

    /// Opens the database and lends the graph to `body`, then closes the database.
    ///
    /// Throws `SQLError` for a database that cannot be opened or does not fit, and `ConfigurationError` for a setting that
    /// a provider refuses.
    static func with<Result: Sendable>(
        _ settings: Settings,
        for purpose: Purpose,
        logger: Logger,
        _ body: (Assembly) async throws -> Result
    ) async throws -> Result {
        let time = DatabaseClock(clock: ContinuousClock(), machine: SystemTime.now)
        let providers = try Self.providers(settings, wallClock: time.now, logger: logger)
        let store = try await Self.openStore(settings, for: purpose, logger: logger)
        let database = store.database
        do {
            try await Self.read(time, store, settings, logger: logger)
            var limits = settings.cache
            // Without days to look back on there is no check for changed days, which could buy.
            if purpose != .worker {
                limits.changedDaysLookbackDaysMax = 0
                limits.heedsFailuresOfOthers = false
            }
            let cache = MarketDataCache(
                store: store,
                providers: providers,
                // Before the migrations there may be no store to have a number.
                notices: purpose == .migration ? nil : try await Self.notices(settings, store, logger: logger),
                configuration: limits,
                clock: ContinuousClock(),
                wallClock: time.now,
                logger: logger
            )
            let assembly = Assembly(settings: settings, store: store, cache: cache, time: time, logger: logger)
            let result = try await body(assembly)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }

    /// Reads the database's clock; in bypass mode, which must work when the database is what fails, only if it answers.
    private static func read(
        _ time: DatabaseClock,
        _ store: MarketStore,
        _ settings: Settings,
        logger: Logger
    ) async throws {
        do {
            try await time.read(store)
        } catch let error as SQLError where settings.cache.mode == .bypass {
            logger.warning("the database's clock could not be read, so this machine's stands for it: \(error)")
        }
    }

    /// Runs `body` while the cache runs, and tries to write what it bought while the database was away.
    func running<Result: Sendable>(_ body: @Sendable (MarketDataCache) async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cache.run() }
            defer { group.cancelAll() }
            do {
                let result = try await body(self.cache)
                await self.cache.writePending()
                return result
            } catch {
                await self.cache.writePending()
                throw error
            }
        }
    }

    /// What runs beside the worker: it fills memory from the configured list, and looks after the database.
    var companions: [any Service] {
        [
            StartUpWarming(
                // Past the cache there is nothing to be warmed.
                list: self.settings.cache.mode == .bypass ? WarmList() : self.settings.warmList,
                warmer: Warmer(
                    cache: self.cache,
                    concurrencyMax: self.settings.warmConcurrencyMax,
                    client: "warm-up"
                ),
                logger: self.logger
            ),
            DatabaseUpkeep(
                cache: self.cache,
                clock: ContinuousClock(),
                wallClock: self.time.now,
                share: Double.random(in: 0..<1),
                logger: self.logger
            ),
            DatabaseClockReader(self.time, from: self.store, logger: self.logger),
        ]
    }

    /// What the worker answers from.
    var backend: WorkerBackend {
        let store = self.store
        return WorkerBackend(
            cache: self.cache,
            readiness: { [mode = self.settings.cache.mode] in
                // Past the cache the database is not needed.
                if mode == .bypass { return .ready }
                let status = try await store.migrationStatus()
                guard status.isCurrent else {
                    return .notReady("the database lacks \(status.pending.count) migrations of this program")
                }
                return .ready
            },
            database: {
                let statistics = try await store.statistics()
                var figures = WorkerBackend.DatabaseFigures()
                figures.rows = statistics.tables.map { ($0.name, $0.rowCount) }
                figures.inexactTables = Set(statistics.tables.filter { $0.accuracy != .exact }.map(\.name))
                figures.bytes = statistics.databaseByteCount
                figures.growth = statistics.growth.map { ($0.byteCount, $0.since) }
                return figures
            },
            databaseByteCount: { try await store.databaseByteCount() },
            pool: {
                let statistics = store.database.statistics
                var figures = WorkerBackend.PoolFigures()
                figures.connections = statistics.connections
                figures.connectionsInUse = statistics.connectionsInUse
                figures.waiters = statistics.waiters
                figures.refusals = statistics.refusals
                figures.reconnections = statistics.reconnections
                figures.waits = statistics.waits
                figures.waitTime = statistics.waitTime
                return figures
            },
            ledger: WorkerBackend.Ledger(
                purchases: { try await store.ledger($0) },
                totals: { try await store.ledgerTotals($0) }
            )
        )
    }

    /// How the workers of a Postgres database tell each other what they store; nil for SQLite, and where it is switched
    /// off.
    private static func notices(
        _ settings: Settings,
        _ store: MarketStore,
        logger: Logger
    ) async throws -> NoticeChannel? {
        let url = settings.listenDatabaseURL ?? settings.databaseURL
        guard store.database.dialect == .postgres, settings.cache.mode != .bypass, url != "none" else { return nil }
        var configuration = NoticeChannel.Configuration()
        configuration.channel = try await store.noticeChannelName()
        configuration.unheardAdvice = NoticeDiagnosis.advice
        return try NoticeChannel(url: url, configuration: configuration, logger: logger)
    }

    /// The places where data are bought.
    static func providers(
        _ settings: Settings,
        wallClock: @escaping @Sendable () -> Timestamp = SystemTime.now,
        logger: Logger
    ) throws -> ProviderRegistry {
        var factories: [String: ProviderRegistry.Factory] = [:]
        factories["simulated"] = { id in
            guard id == .simulated else { throw ProviderError(.badRequest, "simulated has no datasets") }
            return try SimulatedProvider(
                configuration: settings.simulated,
                clock: ContinuousClock(),
                wallClock: wallClock
            )
        }
        if let text = settings.databentoKey {
            let key: DatabentoKey
            do throws(ProviderError) {
                key = try DatabentoKey(text)
            } catch {
                throw ConfigurationError("databento-api-key: \(error.message)")
            }
            factories["databento"] = { id in
                guard let dataset = id.dataset else {
                    throw ProviderError(.badRequest, "name a dataset, as in databento/GLBX.MDP3")
                }
                var configuration = DatabentoHistorical.Configuration(dataset: dataset, key: key)
                if let url = settings.databentoURL { configuration.baseURL = url }
                if let timeout = settings.hardTimeout {
                    configuration.stallTimeout = timeout
                    configuration.requestTimeout = timeout
                }
                configuration.settlingMargins.merge(settings.settlingMargins) { $1 }
                return try DatabentoHistorical(configuration, logger: logger)
            }
        }
        return ProviderRegistry(preferred: settings.providers, factories: factories)
    }
}
