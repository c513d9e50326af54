import Locking
import Logging
import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import SQLDatabase
@testable import Tapedeck

/// A cache over a fresh database and the simulated market, with a time that only the test moves.
final class World: Sendable {
    /// What a test may set before the world is made.
    struct Settings: Sendable {
        var start: Timestamp
        var cache = MarketDataCache.Configuration()
        var provider = SimulatedProvider.Configuration()
        /// Stands between the cache and the first provider.
        var wrapping: @Sendable (any MarketDataProvider) -> any MarketDataProvider = { $0 }
        /// How old stretches of final bars are packed; nil for never.
        var packAfter: Duration? = MarketStore.packAfterDefault
        /// Joins the caches of worlds over one database to a fleet.
        var bus: FleetBus?
        /// A second provider, asked after the first.
        var second: SimulatedProvider.Configuration?

        /// Wednesday 2026-01-14, 15:30:30 UTC.
        init(start: String = "2026-01-14T15:30:30Z") throws {
            self.start = try Timestamp(parsing: start)
            self.provider.id = try ProviderID(parsing: "simulated/ONE")
            self.provider.market.correctedDaysShare = 0
            // A wait on the manual clock would hold the test that is to move it.
            self.cache.storeBackoff = .zero ... .zero
            // Most tests are about what a read that waits is answered.
            self.cache.softTimeout = nil
            self.cache.freshness.staleShare = 0
            self.cache.freshness.refreshAheadShare = 1
            self.cache.outageGrace = .zero
        }
    }

    let settings: Settings
    let store: MarketStore
    let cache: MarketDataCache
    let provider: RecordingProvider
    let second: RecordingProvider?
    let simulated: SimulatedProvider
    /// The cache's end of the fleet's bus.
    let channel: FleetBus.Channel?
    /// What is wrong with the database, as the cache sees it.
    let faults = DatabaseFaults()
    /// The same database without the faults.
    let soundStore: MarketStore
    private let clock: ManualClock
    private let time: Locked<Timestamp>
    /// How far the database's clock is behind the time, in nanoseconds.
    private let databaseLag: Locked<Int64>

    private init(_ settings: Settings, _ database: Database, time: Locked<Timestamp>, clock: ManualClock) async throws {
        self.settings = settings
        self.clock = clock
        self.time = time
        let wallClock: @Sendable () -> Timestamp = { time.withLock { $0 } }
        let databaseLag = Locked(Int64(0))
        self.databaseLag = databaseLag
        let databaseClock: @Sendable () -> Timestamp = {
            wallClock().advancedSaturating(byNanoseconds: -databaseLag.withLock { $0 })
        }
        let faulty = Database(driver: FaultyDriver(inner: database, faults: self.faults))
        self.store = MarketStore(
            database: faulty,
            packAfter: settings.packAfter,
            clock: databaseClock,
            logger: .silent
        )
        self.soundStore = MarketStore(database: database, clock: databaseClock, logger: .silent)
        _ = try await self.soundStore.migrate()
        let simulated = try SimulatedProvider(
            configuration: settings.provider,
            clock: clock,
            wallClock: wallClock
        )
        let first = RecordingProvider(settings.wrapping(simulated))
        let second = try settings.second.map {
            RecordingProvider(try SimulatedProvider(configuration: $0, clock: clock, wallClock: wallClock))
        }
        self.simulated = simulated
        self.provider = first
        self.second = second
        let byID = Dictionary(uniqueKeysWithValues: ([first] + [second].compactMap { $0 }).map { ($0.id, $0) })
        let registry = ProviderRegistry(
            preferred: [first.id] + [second?.id].compactMap { $0 },
            factories: [
                "simulated": { id in
                    guard let provider = byID[id] else { throw ProviderError(.badRequest, "no dataset of this name") }
                    return provider
                }
            ]
        )
        self.channel = settings.bus?.channel()
        self.cache = MarketDataCache(
            store: self.store,
            providers: registry,
            channel: self.channel,
            configuration: settings.cache,
            clock: clock,
            wallClock: wallClock,
            random: { 0.5 },
            logger: .silent
        )
    }

    /// Lends a world whose cache runs, then checks that nothing was bought twice and that memory is sound.
    ///
    /// Without `runs` the test runs the cache itself.
    static func with(
        _ kind: TestDatabase.Kind,
        _ settings: Settings,
        runs: Bool = true,
        _ body: @Sendable (World) async throws -> Void
    ) async throws {
        // Tests that compute keep each other waiting on a small machine; none of them is about these limits.
        var patience = Database.Configuration()
        patience.acquireTimeout = .seconds(600)
        patience.transactionTimeout = .seconds(600)
        try await TestDatabase.with(kind, configuration: patience) { database in
            let time = Locked(settings.start)
            let clock = ManualClock()
            let world = try await World(settings, database.database, time: time, clock: clock)
            if runs {
                try await world.running { try await body(world) }
            } else {
                try await body(world)
            }
        }
    }

    /// Lends another cache over the same database, as after a restart, with other settings if there are any.
    func restarted(_ settings: Settings? = nil, _ body: @Sendable (World) async throws -> Void) async throws {
        let world = try await World(
            settings ?? self.settings,
            self.soundStore.database,
            time: self.time,
            clock: self.clock
        )
        try await world.running { try await body(world) }
    }

    /// Lends worlds that share a fresh database, each with connections of its own, and one time; nothing runs yet.
    static func sharing(
        _ kind: TestDatabase.Kind,
        _ settings: Settings,
        count: Int,
        _ body: @Sendable ([World]) async throws -> Void
    ) async throws {
        var patience = Database.Configuration()
        patience.acquireTimeout = .seconds(600)
        patience.transactionTimeout = .seconds(600)
        try await TestDatabase.with(kind, configuration: patience) { test in
            let (time, clock) = (Locked(settings.start), ManualClock())
            var worlds: [World] = []
            var databases: [Database] = []
            for _ in 0..<count {
                let database = try await Database.connect(test.url, configuration: patience, logger: .silent)
                databases.append(database)
                worlds.append(try await World(settings, database, time: time, clock: clock))
            }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(worlds))
            } catch {
                result = .failure(error)
            }
            for database in databases { await database.close() }
            try result.get()
        }
    }

    private func running(_ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cache.run() }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
        #expect(self.provider.offences == [])
        #expect(self.second?.offences ?? [] == [])
        self.cache.core.memory.checkInvariants()
        self.cache.core.latest.checkInvariants()
        self.cache.core.store.checkInvariants()
    }

    /// What looks after the world's database.
    func upkeep(share: Double) -> DatabaseUpkeep {
        DatabaseUpkeep(
            cache: self.cache,
            clock: self.clock,
            wallClock: { self.now },
            share: share,
            logger: .silent
        )
    }

    // MARK: Time

    var now: Timestamp { self.time.withLock { $0 } }

    func advance(_ duration: Duration) {
        self.time.withLock { $0 = $0.advancedSaturating(byNanoseconds: duration.clampedNanoseconds) }
        self.clock.advance(by: duration)
    }

    /// Sets the database's clock back, as a failover to a machine with another clock does.
    func setDatabaseClockBack(_ duration: Duration) {
        self.databaseLag.withLock { $0 += duration.clampedNanoseconds }
    }

    /// Returns once so many tasks sleep beside those that always do.
    func sleepers(besidesIdle count: Int) async {
        await self.clock.sleepers(atLeast: Self.idleSleepers + count)
    }

    /// Whether something runs that does not wait for the clock.
    var isBusy: Bool {
        let waiting = self.clock.sleeperCount - Self.idleSleepers
        return self.cache.core.renewals.count > max(0, waiting) || self.cache.statistics().flights > 0
    }

    /// Tasks of a cache that always sleep: the checks for changed days, for long waits and for others' changes, and the
    /// keeper of leases.
    static var idleSleepers: Int { 4 }

    /// Moves time a little if something waits for it beside what always does, such as the recovery between attempts.
    func advanceIfSlept() {
        if self.clock.sleeperCount > Self.idleSleepers { self.advance(.milliseconds(100)) }
    }

    /// Returns once `condition` holds, moving time a little whenever something waits for it.
    func until(_ condition: @Sendable () async throws -> Bool) async rethrows {
        while try await !condition() {
            self.advance(.milliseconds(5))
            await Task.yield()
        }
    }

    /// Lets time pass as on the machine's clock until the task is cancelled: for several workers that wait for each other.
    func keepTime() async {
        var last = ContinuousClock.now
        while !Task.isCancelled {
            await Task.yield()
            let now = ContinuousClock.now
            guard last.duration(to: now) > .milliseconds(5) else { continue }
            self.advance(last.duration(to: now))
            last = now
        }
    }

    /// Runs `body` while time moves whenever something waits for it.
    func passingTime<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled {
                    self.advanceIfSlept()
                    await Task.yield()
                }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// Lets the database be sound again and returns when the cache has noticed.
    func repair() async {
        self.faults.fault = .none
        while self.cache.statistics().databaseState.condition != .up {
            self.advanceIfSlept()
            await Task.yield()
        }
    }

    // MARK: Asking

    func range(_ start: String, _ end: String) throws -> TimeRange {
        try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
    }

    func request(
        _ span: BarsRequest.Span,
        _ timeframe: Timeframe = .oneHour,
        symbol: String = "ES.c.0",
        provider: ProviderID? = nil,
        refresh: Bool = false,
        client: String = "test"
    ) -> BarsRequest {
        BarsRequest(
            symbol: symbol,
            timeframe: timeframe,
            provider: provider,
            span: span,
            refresh: refresh,
            client: client,
            requestID: "r"
        )
    }

    func last(_ count: Int, _ timeframe: Timeframe = .oneHour, symbol: String = "ES.c.0") async throws -> BarsAnswer {
        try await self.cache.bars(self.request(.last(count), timeframe, symbol: symbol))
    }

    func bars(
        _ range: TimeRange,
        _ timeframe: Timeframe = .oneHour,
        symbol: String = "ES.c.0"
    ) async throws -> BarsAnswer {
        try await self.cache.bars(self.request(.range(range), timeframe, symbol: symbol))
    }

    /// What the market says the values of a range's bars are now, or were this long ago.
    func truth(
        _ range: TimeRange,
        _ timeframe: Timeframe = .oneHour,
        symbol: String = "ES.c.0",
        age: Duration = .zero
    ) throws -> [Bar] {
        let time = self.now.advancedSaturating(byNanoseconds: -age.clampedNanoseconds)
        return try SimulatedMarket(configuration: self.settings.provider.market)
            .bars(of: symbol, timeframe, in: range, asOf: time).values
    }
}

extension [Bar] {
    /// The bars without revision and finality, which the market does not know.
    var values: [Bar] {
        self.map {
            var bar = $0
            bar.revision = 1
            bar.isFinal = true
            return bar
        }
    }
}

/// The code of the `TapedeckError` that `body` throws, nil when it throws none.
func code(of body: () async throws -> Void) async -> TapedeckError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? TapedeckError)?.code
    }
}
