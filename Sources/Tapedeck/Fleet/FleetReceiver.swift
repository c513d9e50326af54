internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

/// Takes in what the other workers have stored: keeps memory as new as the database.
///
/// A notice is only a hint of where to look. What memory holds is compared with the series' versions whenever one may
/// have been missed.
final class FleetReceiver: Sendable {
    struct State {
        var warming: WarmingQueue
        /// Series by the number of their row.
        var names: [Int64: Series] = [:]
        var epoch: DatabaseEpoch?
        var isListening = false
        /// Whether memory is to be compared with the database as soon as possible.
        var mustCompare = false
        var figures = FleetFigures()
    }

    let store: GuardedStore
    let memory: BarMemory
    let latest: QuoteMemory
    let board: ChangeBoard
    let peers: Locked<PeerTable>
    let sender: FleetSender
    let channel: (any FleetChannel)?
    let configuration: FleetConfiguration
    let clock: ElapsedClock
    let logger: Logger
    let state: Locked<State>
    private let wakes: AsyncStream<Void>
    private let waking: AsyncStream<Void>.Continuation

    init(
        channel: (any FleetChannel)?,
        sender: FleetSender,
        store: GuardedStore,
        memory: BarMemory,
        latest: QuoteMemory,
        board: ChangeBoard,
        peers: Locked<PeerTable>,
        configuration: FleetConfiguration,
        clock: ElapsedClock,
        logger: Logger
    ) {
        self.store = store
        self.memory = memory
        self.latest = latest
        self.board = board
        self.peers = peers
        self.sender = sender
        self.channel = channel
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.state = Locked(
            State(
                warming: WarmingQueue(
                    jobsMax: configuration.warmingSeriesMax,
                    runningMax: configuration.warmingReadsMax
                )
            )
        )
        (self.wakes, self.waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What was heard and done since the start.
    var figures: FleetFigures {
        var figures = self.state.withLock { state in
            var figures = state.figures
            figures.isListening = state.isListening
            return figures
        }
        let tick = self.clock.now()
        figures.peers = self.peers.withLock { $0.count(tick: tick) }
        return figures
    }

    /// Speaks, listens, compares and warms until the task is cancelled.
    func runUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            if let channel = self.channel {
                group.addTask { await channel.run(heartbeat: self.sender.heartbeat) { await self.take($0) } }
                group.addTask { await self.sender.runUntilCancelled(channel) }
            }
            group.addTask { await self.watchUntilCancelled() }
            group.addTask { await self.warmUntilCancelled() }
        }
    }

    // MARK: Listening

    private func take(_ event: NoticeChannel.Event) async {
        switch event {
        case .opened(let epoch):
            let isAnother = self.state.withLock { state in
                let before = state.epoch
                state.epoch = epoch
                state.isListening = true
                return before.map { $0.isOfAnotherHistory(than: epoch) } ?? false
            }
            let tick = self.clock.now()
            self.peers.withLock { $0.regainHearing(tick: tick) }
            if isAnother { self.forgetEverything() }
            await self.compare()
            self.board.signalAll()
        case .notice(let text):
            await self.take(text)
        case .closed:
            let tick = self.clock.now()
            self.peers.withLock { $0.loseHearing(tick: tick) }
            // The channel has logged why; each attempt to open another tells this again.
            self.state.withLock { state in
                state.figures.losses += state.isListening ? 1 : 0
                state.isListening = false
            }
        }
    }

    private func take(_ text: String) async {
        guard let message = FleetMessage(text) else {
            self.state.withLock { $0.figures.unreadable += 1 }
            self.logger.warning("a notice could not be read; does another program use the channel?")
            return
        }
        let tick = self.clock.now()
        let verdict = self.peers.withLock { $0.hear(message, tick: tick) }
        guard verdict != .own else { return }
        self.state.withLock { state in
            state.figures.heard += 1
            if verdict == .missed { state.figures.missed += 1 }
        }
        await self.take(message.entries)
        if verdict == .missed || message.entries.contains(.everything) {
            await self.compare()
            self.board.signalAll()
        }
    }

    private func take(_ entries: [FleetMessage.Entry]) async {
        let stored = entries.compactMap { if case .stored(let notice) = $0 { notice } else { nil } }
        let names = await self.names(of: stored.map(\.seriesID))
        for entry in entries {
            switch entry {
            case .stored(let notice):
                guard let series = names[notice.seriesID] else { continue }
                self.take(notice, of: series)
                self.board.signal(.records(series))
            case .latest(let key):
                // Whoever is asked next takes it from the database.
                self.board.signal(.latest(key))
            case .released(let key):
                self.board.signal(key)
            case .everything, .leaving:
                break
            }
        }
    }

    private func take(_ notice: StoredNotice, of series: Series) {
        guard series.kind == .bars, !self.memory.hasTakenIn(notice.versions, of: series) else { return }
        let isKnown = self.memory.knows(series)
        let isWanted =
            switch self.configuration.warming {
            case .all: notice.isWarm
            case .held: notice.isWarm && isKnown
            case .none: false
            }
        if isWanted {
            let job = WarmingQueue.Job(
                series: series,
                range: notice.range,
                commits: [notice.versions],
                horizon: notice.horizon
            )
            if self.state.withLock({ $0.warming.add(job) }) {
                self.waking.yield()
                return
            }
            self.state.withLock { $0.figures.unwarmed += 1 }
        }
        if isKnown { self.memory.forget(series, notice.range, commits: [notice.versions], tick: self.clock.now()) }
    }

    /// The series of these numbers; unknown ones are looked up.
    private func names(of numbers: [Int64]) async -> [Int64: Series] {
        var names = self.state.withLock { state in
            Dictionary(
                numbers.compactMap { number in state.names[number].map { (number, $0) } },
                uniquingKeysWith: { first, _ in first }
            )
        }
        let unknown = Array(Set(numbers).subtracting(names.keys))
        guard !unknown.isEmpty else { return names }
        do {
            let found = try await self.store.reading { try await self.store.marketStore.series(numbered: unknown) }
            guard let found else {
                self.state.withLock { $0.mustCompare = true }
                return names
            }
            self.state.withLock { state in
                if state.names.count + found.count > self.configuration.namesMax { state.names = [:] }
                state.names.merge(found) { $1 }
            }
            names.merge(found) { $1 }
        } catch {
            self.noteFailure(error, "the series of a notice could not be looked up")
            self.state.withLock { $0.mustCompare = true }
        }
        return names
    }

    // MARK: Comparing

    /// Compares what memory holds with the database, and forgets, and reads again, the series that differ.
    func compare() async {
        self.state.withLock { state in
            state.mustCompare = false
            state.figures.compares += 1
        }
        let held = self.memory.heldVersions
        let numbers = held.compactMap { $0.version?.seriesID }
        let versions: [Int64: Int64]
        do {
            let read = try await self.store.reading { try await self.store.marketStore.versions(ofSeries: numbers) }
            guard let read else {
                self.state.withLock { $0.mustCompare = true }
                return
            }
            versions = read
        } catch {
            self.noteFailure(error, "what memory holds could not be compared with the database")
            self.state.withLock { $0.mustCompare = true }
            return
        }
        for held in held {
            // By "differs", not by "greater": behind a failover numbers may have gone back.
            if let version = held.version, versions[version.seriesID] == version.known { continue }
            guard self.memory.forget(held) else { continue }
            self.state.withLock { $0.figures.reloads += 1 }
            guard self.configuration.warming != .none else { continue }
            let job = WarmingQueue.Job(series: held.series, range: held.range, commits: [], horizon: nil)
            if self.state.withLock({ $0.warming.add(job) }) { self.waking.yield() }
        }
    }

    /// Compares at an interval where no notices are heard, and where one seems to be missing.
    private func watchUntilCancelled() async {
        var fileCounter: Int64?
        var outages = 0
        var gapsLookedForTick = self.clock.now()
        let database = self.store.marketStore.database
        let interval =
            database.dialect == .sqlite ? self.configuration.fileInterval : self.configuration.comparingInterval
        while true {
            do {
                try await self.clock.sleep(interval)
            } catch {
                return
            }
            // What was foreseen while the database was away is of no version.
            let outageCount = self.store.state.withLock { $0.health.isUp ? $0.health.outageCount : outages }
            var isDue = outageCount != outages || self.state.withLock { $0.mustCompare }
            outages = outageCount
            switch database.dialect {
            case .sqlite:
                // One that cannot be told differs from any other; the comparison then meets the cause, and logs it.
                let counter = try? await database.changeCounter()
                isDue = isDue || counter != fileCounter
                fileCounter = counter
            case .postgres:
                let tick = self.clock.now()
                let grace = self.configuration.gapGrace.clampedNanoseconds
                if tick.subtractingSaturating(gapsLookedForTick) >= grace {
                    gapsLookedForTick = tick
                    isDue =
                        isDue
                        || self.memory.heldVersions.contains { held in
                            held.version?.gapTick.map { tick.subtractingSaturating($0) >= grace } ?? false
                        }
                }
                isDue = isDue || !self.state.withLock { $0.isListening }
            }
            guard isDue else { continue }
            await self.compare()
            self.board.signalAll()
        }
    }

    /// Forgets what is held of another database than the one that answers now.
    private func forgetEverything() {
        self.logger.warning("the database is another one than before, as after a failover: memory is emptied")
        for held in self.memory.heldVersions { self.memory.invalidate(held.series) }
        _ = self.latest.forget { _, _ in true }
        self.state.withLock { $0.names = [:] }
    }

    // MARK: Warming

    private func warmUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            for await _ in self.wakes {
                while let job = self.state.withLock({ $0.warming.next() }) {
                    group.addTask {
                        await self.warm(job)
                        self.state.withLock { $0.warming.end(job.series) }
                        self.waking.yield()
                    }
                }
            }
        }
    }

    /// Attempts to read a range that changes meanwhile.
    private static var attemptsMax: Int { 3 }

    private func warm(_ job: WarmingQueue.Job) async {
        let length = Int64(self.configuration.warmingBarsMax).multipliedSaturating(by: job.series.timeframe.nanoseconds)
        let start = max(job.range.start, job.range.end.advancedSaturating(byNanoseconds: -length))
        if let older = TimeRange(job.range.start, start) {
            self.memory.forget(job.series, older, commits: [], tick: self.clock.now())
        }
        guard let range = TimeRange(start, job.range.end) else { return }
        do {
            for _ in 0..<Self.attemptsMax {
                let ticket = self.memory.ticket(job.series)
                let tick = self.clock.now()
                let known = try await self.store.knownBars(job.series, in: range, limit: nil)
                guard known.isCertain else { break }
                let content = MemoryContent(known.slice, range: range, tick: tick)
                guard self.memory.takeIn(content, commits: job.commits, ticket: ticket) else { continue }
                if let horizon = job.horizon {
                    let horizon = horizon.horizon(
                        of: job.series.timeframe,
                        databaseNow: known.slice.databaseNow,
                        tick: tick
                    )
                    self.memory.offerHorizon(job.series, horizon)
                }
                self.state.withLock { state in
                    state.figures.warmed += 1
                    state.figures.barsWarmed += known.slice.records.count
                }
                return
            }
        } catch {
            self.noteFailure(error, "what another worker stored could not be read")
        }
        self.memory.forget(job.series, job.range, commits: job.commits, tick: self.clock.now())
    }

    private func noteFailure(_ error: any Error, _ what: String) {
        guard !error.isCancellation else { return }
        self.state.withLock { $0.figures.failures += 1 }
        self.logger.warning("\(what)", metadata: ["error": "\(error)"])
    }
}

extension DatabaseEpoch {
    /// Whether commits may be missing here that were there, so that equal versions need not mean equal bars: the cluster is
    /// another one, or a standby was promoted.
    fileprivate func isOfAnotherHistory(than other: DatabaseEpoch) -> Bool {
        self.systemIdentifier != other.systemIdentifier || self.timeline != other.timeline
    }
}
