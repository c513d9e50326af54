internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

extension FleetReceiver {
    /// Deals with what the channel tells.
    func take(_ event: NoticeChannel.Event) async {
        switch event {
        case .opened(let epoch):
            let isAnother = self.state.withLock { state in
                let before = state.listenedEpoch
                state.listenedEpoch = epoch
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
        guard series.kind == .bars else { return }
        // Of a commit that came before something else was read, memory may know without having its bars.
        let isTakenIn = self.memory.hasTakenIn(notice.versions, of: series)
        guard !isTakenIn || !self.memory.holds(series, notice.range) else { return }
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
        if isKnown, !isTakenIn {
            self.memory.forget(series, notice.range, commits: [notice.versions], tick: self.clock.now())
        }
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
}

extension DatabaseEpoch {
    /// Whether commits may be missing here that were there, so that equal versions need not mean equal bars: the cluster is
    /// another one, or a standby was promoted.
    func isOfAnotherHistory(than other: DatabaseEpoch) -> Bool {
        self.systemIdentifier != other.systemIdentifier || self.timeline != other.timeline
    }
}
