internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

extension FleetReceiver {
    /// Compares what memory holds with the database, and forgets, and reads again, the series that differ.
    func compare() async {
        self.state.withLock { state in
            state.mustCompare = false
            state.figures.compares += 1
        }
        let held = self.memory.heldVersions
        let numbers = held.compactMap { $0.version?.seriesID }
        let versions: [Int64: Int64]
        let epoch: DatabaseEpoch?
        do {
            let read = try await self.store.reading {
                let versions = try await self.store.marketStore.versions(ofSeries: numbers)
                return (versions, try await self.store.marketStore.epoch())
            }
            guard let read else {
                self.state.withLock { $0.mustCompare = true }
                return
            }
            (versions, epoch) = read
        } catch {
            self.noteFailure(error, "what memory holds could not be compared with the database")
            self.state.withLock { $0.mustCompare = true }
            return
        }
        // The listening connection may not have told, or not yet.
        guard !self.noteCompared(epoch) else {
            self.forgetEverything()
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

    /// Notes where versions were read, and answers whether those of the last comparison were another history's.
    private func noteCompared(_ epoch: DatabaseEpoch?) -> Bool {
        guard let epoch else { return false }
        return self.state.withLock { state in
            defer { state.comparedEpoch = epoch }
            return state.comparedEpoch.map { $0.isOfAnotherHistory(than: epoch) } ?? false
        }
    }

    /// What the watch remembers from one look to the next.
    private struct Watch {
        var fileCounter: Int64?
        var outageCount = 0
        var gapsLookedForTick: Int64
        var comparedTick: Int64
    }

    /// Compares at an interval where no notices are heard, and where one seems to be missing.
    func watchUntilCancelled() async {
        let dialect = self.store.marketStore.database.dialect
        let interval = dialect == .sqlite ? self.configuration.fileInterval : self.configuration.comparingInterval
        let tick = self.clock.now()
        var watch = Watch(gapsLookedForTick: tick, comparedTick: tick)
        while true {
            do {
                try await self.clock.sleep(interval)
            } catch {
                return
            }
            // What was foreseen while the database was away is of no version.
            let outageCount = self.store.state.withLock { $0.health.isUp ? $0.health.outageCount : watch.outageCount }
            let hasRecovered = outageCount != watch.outageCount
            watch.outageCount = outageCount
            let mayHaveMissed =
                dialect == .sqlite ? await self.fileHasChanged(&watch) : self.mayHaveMissedNotices(&watch)
            guard hasRecovered || mayHaveMissed || self.state.withLock({ $0.mustCompare }) else { continue }
            watch.comparedTick = self.clock.now()
            await self.compare()
            self.board.signalAll()
        }
    }

    private func fileHasChanged(_ watch: inout Watch) async -> Bool {
        do {
            let counter = try await self.store.marketStore.database.changeCounter()
            defer { watch.fileCounter = counter }
            return counter != watch.fileCounter
        } catch {
            // What cannot be told may have changed; the comparison meets the cause.
            self.state.withLock { $0.figures.failures += 1 }
            return true
        }
    }

    private func mayHaveMissedNotices(_ watch: inout Watch) -> Bool {
        let tick = self.clock.now()
        let isSomebodySilent = self.peers.withLock { $0.noteSilence(tick: tick) }
        let age = tick.subtractingSaturating(watch.comparedTick)
        guard self.state.withLock({ $0.isListening }), !isSomebodySilent,
            age < self.configuration.comparisonAgeMax.clampedNanoseconds
        else { return true }
        let grace = self.configuration.gapGrace.clampedNanoseconds
        guard tick.subtractingSaturating(watch.gapsLookedForTick) >= grace else { return false }
        watch.gapsLookedForTick = tick
        return self.memory.heldVersions.contains { held in
            held.version?.gapTick.map { tick.subtractingSaturating($0) >= grace } ?? false
        }
    }

    /// Forgets what is held of another database than the one that answers now.
    func forgetEverything() {
        self.logger.warning("the database is another one than before, as after a failover: memory is emptied")
        for held in self.memory.heldVersions { self.memory.invalidate(held.series) }
        _ = self.latest.forget { _, _ in true }
        self.store.forgetCoverages()
        self.state.withLock { $0.names = [:] }
    }
}
