internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

/// The database tier as the engine sees it: the database while it is there, else what is at hand.
///
/// While the database cannot be read, calls answer from memory and from what is pending; while it cannot be written, what
/// was bought waits in a queue, and the calls that read see it as if it were stored. Calls throw only what is not an
/// outage: a corrupt row, a refused record, a cancellation.
final class GuardedStore: Sendable {
    struct State {
        var health: DatabaseHealth
        var queue: WriteBehindQueue
        var coverages: CoverageMemory
        var droppedCount = 0
        /// Pieces refused because their lease was gone.
        var refusedCount = 0
        /// Until when reads wait for the outage to end, on the process's elapsed clock.
        var graceEndTick = Int64.min

        /// Whether something about a subject has to wait in the queue: the database takes no writes, or what is pending
        /// about it comes first.
        func mustQueue(_ subject: PendingWrite.Subject?) -> Bool {
            switch self.health.state {
            case .up: false
            case .catchingUp: subject.map(self.queue.holds) ?? false
            case .unwritable, .unreachable: true
            }
        }
    }

    /// Everything that is not needed to answer and buy: administration goes straight to the database.
    let marketStore: MarketStore
    let memory: BarMemory
    let latest: QuoteMemory
    let sender: FleetSender
    let peers: Locked<PeerTable>
    let changes: ChangeBoard
    let configuration: MarketDataCache.Configuration
    let clock: ElapsedClock
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    let state: Locked<State>
    /// Names this worker among all that share the database, from its start to its end.
    let owner: String
    let held: Locked<HeldLeases>
    /// The last figures of the day's budget.
    let budget: Locked<BudgetFigures>
    /// Tells the recovery that the database is not up any more.
    let outages: AsyncStream<Void>
    private let outageBegan: AsyncStream<Void>.Continuation

    init(
        marketStore: MarketStore,
        memory: BarMemory,
        latest: QuoteMemory,
        sender: FleetSender,
        peers: Locked<PeerTable>,
        changes: ChangeBoard,
        configuration: MarketDataCache.Configuration,
        clock: ElapsedClock,
        wallClock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.marketStore = marketStore
        self.memory = memory
        self.latest = latest
        self.sender = sender
        self.owner = sender.id.description
        self.peers = peers
        self.changes = changes
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
        self.held = Locked(HeldLeases(length: configuration.leaseDuration))
        self.budget = Locked(BudgetFigures(clientsMax: configuration.rememberedClientsMax))
        self.state = Locked(
            State(
                health: DatabaseHealth(since: wallClock()),
                queue: WriteBehindQueue(recordsMax: configuration.writeBehindRecordsMax),
                coverages: CoverageMemory(
                    seriesMax: configuration.rememberedSeriesMax,
                    lastContact: wallClock()
                )
            )
        )
        (self.outages, self.outageBegan) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the database is there, takes writes and has everything.
    var isUp: Bool { self.state.withLock { $0.health.isUp } }

    var isReachable: Bool { self.state.withLock { $0.health.isReachable } }

    /// Runs a read, unless the database is known not to answer; nil when it does not.
    ///
    /// In the first moments of an outage it waits for the database: most are restarts. Blocks that turn out to be damaged
    /// are given up, so that their bars are missing and can be bought again.
    func reading<Value>(_ body: () async throws -> Value) async throws -> Value? {
        var vainGiveUps = 0
        while try await self.isReachableSoon() {
            let begun = self.wallClock()
            do {
                let value = try await body()
                self.state.withLock { $0.coverages.noteContact(begun: begun) }
                return value
            } catch let error as SQLError where error.isOutage {
                self.noteOutage(.unreachable, error)
            } catch let damaged as DamagedBlocks where vainGiveUps < Self.vainGiveUpsMax {
                do {
                    if try await self.marketStore.forget(damaged).isEmpty { vainGiveUps += 1 }
                } catch {
                    self.logger.error("a damaged block cannot be given up", metadata: ["error": "\(error)"])
                    throw damaged
                }
            }
        }
        return nil
    }

    /// How often one read meets damaged blocks of which none can be given up, as others did it or they can be read by now.
    ///
    /// Each other time there is a block less: an error names those of one series, and only those that were looked into.
    private static var vainGiveUpsMax: Int { 3 }

    /// Whether the database can be read, now or before the outage's grace is over.
    private func isReachableSoon() async throws -> Bool {
        while true {
            let (isReachable, graceEnd) = self.state.withLock { ($0.health.isReachable, $0.graceEndTick) }
            if isReachable { return true }
            guard self.clock.now() < graceEnd else { return false }
            try await self.clock.sleep(self.configuration.probeBackoff.lowerBound)
        }
    }

    /// Runs a write, again and again with growing waits where trying again can help, unless the database is known not to
    /// take it; nil when it does not.
    func writing<Value>(_ body: () async throws -> Value) async throws -> Value? {
        var wait = self.configuration.storeBackoff.lowerBound
        var attempt = 1
        while self.state.withLock({ $0.health.takesWrites }) {
            let begun = self.wallClock()
            do {
                let value = try await body()
                self.state.withLock { $0.coverages.noteContact(begun: begun) }
                return value
            } catch let error as SQLError where error.isOutage {
                guard error.isWorthRetryingSoon, attempt < self.configuration.storeAttemptsMax else {
                    self.noteOutage(.unwritable, error)
                    return nil
                }
                self.logger.warning(
                    "writing failed and is tried again",
                    metadata: ["error": "\(error)", "attempt": "\(attempt)", "wait": "\(wait)"]
                )
                try await self.clock.sleep(wait)
                wait = min(wait * 2, self.configuration.storeBackoff.upperBound)
                attempt += 1
            }
        }
        return nil
    }

    /// Notes that a call met an outage, and wakes the recovery.
    func noteOutage(_ worse: DatabaseHealth.State, _ error: SQLError) {
        let now = self.wallClock()
        let graceEnd = self.clock.now().addingSaturating(self.configuration.outageGrace.clampedNanoseconds)
        let isWorse = self.state.withLock { state in
            if state.health.isUp { state.graceEndTick = graceEnd }
            return state.health.noteOutage(worse, at: now)
        }
        guard isWorse else { return }
        self.logger.error(
            "the database counts as \(worse == .unreachable ? "down" : "read-only") from now on",
            metadata: ["error": "\(error)"]
        )
        self.outageBegan.yield()
        // Without the database nobody has leases to wait for.
        self.changes.signalAll()
    }

    /// Remembers what the database said of a series, in an answer to a question asked at `tick`.
    func note<Record>(_ series: Series, _ slice: SeriesSlice<Record>, tick: Int64) {
        self.note(series, slice.coverage, version: slice.version, databaseNow: slice.databaseNow, tick: tick)
    }

    /// Remembers how the database knows a series since something was stored, which began at `tick`.
    func note<Record>(_ series: Series, _ outcome: StoreOutcome<Record>, tick: Int64) {
        self.note(series, outcome.coverage, version: outcome.version, databaseNow: outcome.databaseNow, tick: tick)
    }

    func note(_ series: Series, _ coverage: Coverage, version: Int64, databaseNow: Timestamp, tick: Int64) {
        self.state.withLock {
            $0.coverages.note(series, coverage, version: version, databaseNow: databaseNow, tick: tick)
        }
    }

    /// What the database last said of a series, nil when that is not known.
    func rememberedCoverage(of series: Series) -> Coverage? {
        self.state.withLock { $0.coverages.coverage(of: series) }
    }

    /// Forgets what the database said, because another one answers now.
    func forgetCoverages() {
        self.state.withLock { $0.coverages.forget { _ in true } }
    }

    /// Traps when the parts do not fit each other.
    func checkInvariants() {
        self.state.withLock { state in
            state.queue.checkInvariants()
            precondition(!state.health.isUp || state.queue.isEmpty, "While the database is up nothing is pending.")
        }
    }

    /// Writes the state into `statistics`.
    func write(into statistics: inout CacheStatistics) {
        let tick = self.clock.now()
        self.state.withLock { state in
            let condition: DatabaseState.Condition =
                switch state.health.state {
                case .up: .up
                case .catchingUp, .unwritable: .readOnly
                case .unreachable: .down
                }
            statistics.databaseState = DatabaseState(condition: condition, since: state.health.since)
            statistics.databaseOutages = state.health.outageCount
            statistics.writeBehindRecords = state.queue.recordCount
            statistics.writeBehindRecordsMax = state.queue.recordsMax
            statistics.writeBehindAge = .nanoseconds(state.queue.first.map { max(0, tick - $0.tick) } ?? 0)
            statistics.writeBehindDropped = state.droppedCount
            statistics.fleet.refusals = state.refusedCount
        }
        statistics.damagedBlocks = self.marketStore.damagedBlockCount
        statistics.fleet.leases = self.held.withLock { $0.count }
        statistics.fleet.waiting = self.changes.count
        if !self.configuration.budget.isUnlimited {
            let limitUSD = self.configuration.budget.usdPerDay
            statistics.budget = self.budget.withLock { $0.report(limitUSD: limitUSD) }
        }
    }
}
