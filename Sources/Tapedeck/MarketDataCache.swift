internal import Locking
public import Logging
public import MarketData
public import MarketStore
internal import Metrics
public import SQLDatabase
public import ServiceLifecycle

/// The cache: answers from memory, else from the database, else buys what is missing, each piece at most once.
///
/// `run()` must be running: fetches live in its task group, so that what is paid for is stored even when the reader that
/// asked has gone. All calls throw `TapedeckError`.
public final class MarketDataCache: Service, Sendable {
    /// The limits in force.
    public let configuration: Configuration

    let core: CacheCore

    /// Creates a cache.
    ///
    /// Several caches over one Postgres tell each other what they store, and hear it by `notices`; without it, and over a
    /// SQLite file, they look for changes at an interval. `clock` measures elapsed time, `wallClock` tells the time of day;
    /// `random` draws numbers of 0 ..< 1, which spread what would otherwise happen in one instant. What it measures goes to what
    /// `MetricsSystem` was bootstrapped with before; what it counts is in `statistics`.
    public convenience init<C: Clock<Duration>>(
        store: MarketStore,
        providers: ProviderRegistry,
        notices: NoticeChannel? = nil,
        configuration: Configuration = Configuration(),
        clock: C,
        wallClock: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        logger: Logger
    ) {
        self.init(
            store: store,
            providers: providers,
            channel: store.database.dialect == .postgres
                ? PostgresFleetChannel(notices: notices, store: store, sendTimeout: configuration.fleet.noticeTimeout)
                : nil,
            configuration: configuration,
            clock: clock,
            wallClock: wallClock,
            random: random,
            logger: logger
        )
    }

    /// Creates a cache that speaks to others through any channel.
    init<C: Clock<Duration>>(
        store: MarketStore,
        providers: ProviderRegistry,
        channel: (any FleetChannel)?,
        worker: WorkerID = WorkerID(.random(in: .min ... .max)),
        configuration: Configuration,
        clock: C,
        wallClock: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> Double,
        logger: Logger
    ) {
        self.configuration = configuration
        self.core = CacheCore(
            store: store,
            providers: providers,
            channel: channel,
            worker: worker,
            configuration: configuration,
            clock: ElapsedClock(clock),
            wallClock: wallClock,
            random: random,
            metrics: MetricsSystem.factory,
            logger: logger
        )
    }

    /// Executes fetches and looks for changed days, until graceful shutdown or cancellation.
    ///
    /// To be called once.
    ///
    /// Fetches under way at a graceful shutdown are finished, and what waits for the database is written if that is
    /// possible in time; reads that come later are refused with `shuttingDown`
    /// unless memory has the answer.
    public func run() async throws {
        let core = self.core
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { fleet in
                if core.configuration.mode != .bypass { fleet.addTask { await core.receiver.runUntilCancelled() } }
                await Self.serve(core)
                await core.store.drain()
                await core.store.releaseAllLeases()
                // Last, so that the others hear what was written at the end.
                await core.sender.leave()
                fleet.cancelAll()
            }
        } onGracefulShutdown: {
            core.coordinator.stop()
        }
    }

    /// Executes fetches, and what goes beside them, until the coordinator is stopped or the task is cancelled.
    private static func serve(_ core: CacheCore) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await core.coordinator.run { await core.execute($0) } }
            group.addTask { await core.renewals.run { await core.renew($0) } }
            group.addTask { await core.endLongWaits() }
            if core.isCaching {
                group.addTask { await ChangedDaysCheck(core: core).runUntilCancelled() }
                let length = core.configuration.leaseDuration
                let keeper = LeaseKeeper(store: core.store, clock: core.clock, length: length)
                group.addTask { await keeper.runUntilCancelled() }
            }
            group.addTask { await core.store.recoverUntilCancelled() }
            // The others never end by themselves; the coordinator ends when it is stopped.
            await group.next()
            group.cancelAll()
        }
    }

    /// Tries within the configured limit to write what was bought while the database was away, gives back what is held
    /// for purchases, and tells the other workers.
    ///
    /// For a caller that ends the cache by cancelling `run`; a graceful shutdown does this by itself. What cannot be
    /// written is logged, counted and lost.
    public func writePending() async {
        await self.core.store.drain()
        await self.core.store.releaseAllLeases()
        await self.core.sender.flush()
    }

    /// How the cache is used.
    public func statistics() -> CacheStatistics {
        let usage = self.core.memory.usage
        let (flights, waiters) = self.core.coordinator.counts
        var statistics = CacheStatistics()
        self.core.counters.write(into: &statistics)
        statistics.barsHeld = usage.bars
        statistics.barsMax = self.configuration.barsMax
        statistics.bytesHeld = usage.bytes
        statistics.pagesHeld = usage.pages
        statistics.seriesHeld = usage.series
        statistics.evictions = usage.evictions
        statistics.quotesHeld = self.core.latest.count
        statistics.quotesMax = self.configuration.quotesMax
        statistics.breakers = self.core.breakers.reports(wallClock: self.core.wallClock())
        statistics.mode = self.configuration.mode
        statistics.renewals = self.core.renewals.count
        statistics.flights = flights
        statistics.waiters = waiters
        statistics.fleet = self.core.receiver.figures
        self.core.store.write(into: &statistics)
        (statistics.fleet.sent, statistics.fleet.sendFailures) = self.core.sender.counts
        return statistics
    }

    /// Runs a read and counts how it ended; every error that leaves is a `TapedeckError`.
    ///
    /// A call for which `figures` has none reads nothing that counts.
    func counted<Value>(
        _ figures: (Value) -> ReadFigures?,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body()
            if let figures = figures(value) { self.core.counters.noteRead(figures) }
            return value
        } catch {
            self.core.counters.noteFailure()
            throw error is TapedeckError ? error : TapedeckError(database: error)
        }
    }
}
