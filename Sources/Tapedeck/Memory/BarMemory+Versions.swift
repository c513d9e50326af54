internal import Locking
internal import MarketData

/// As of which commit memory holds a series.
struct HeldVersion: Sendable {
    let series: Series
    /// Nil where memory does not know.
    let version: SeriesVersion?
    /// From the first to the last period of which something is held.
    let range: TimeRange
}

extension BarMemory {
    /// All series of which something is held.
    var heldVersions: [HeldVersion] {
        let held = self.maintenance.withLock { Array($0.held.values) }
        return held.compactMap { memory in
            memory.state.withLock { state in
                guard let first = state.pages.first?.stretches.first, let last = state.pages.last?.stretches.last,
                    let range = TimeRange(first.range.start, last.range.end)
                else { return nil }
                return HeldVersion(series: memory.series, version: state.version, range: range)
            }
        }
    }

    /// Whether what these commits changed is in what memory holds; it may not hold all that they changed.
    func hasTakenIn(_ commits: ClosedRange<Int64>, of series: Series) -> Bool {
        self.find(series)?.state.withLock { !$0.pages.isEmpty && $0.version?.contains(commits) == true } ?? false
    }

    /// Whether something is held of all of the range, however old.
    func holds(_ series: Series, _ range: TimeRange) -> Bool {
        let held = RangeSet(self.held(series, in: range).stretches.compactMap { $0.range.intersection(range) })
        return held.contains(range)
    }

    /// Whether the series was asked for lately, or is held.
    func knows(_ series: Series) -> Bool {
        self.find(series) != nil
    }

    /// Takes in what others stored: `content` was read after their commits and after the ticket was drawn.
    ///
    /// False, with nothing done, if the series changed since.
    func takeIn(_ content: MemoryContent, commits: [ClosedRange<Int64>], ticket: MemoryTicket) -> Bool {
        self.maintenance.withLock { maintenance in
            let memory = ticket.memory
            let changes = memory.state.withLock { state -> [PageChange]? in
                guard !state.isDetached, state.generation == ticket.generation else { return nil }
                state.generation += 1
                if state.pages.isEmpty { state.version = content.version }
                for versions in commits { state.version?.note(versions, tick: content.tick) }
                return state.replaceWhole(content, timeframe: memory.series.timeframe, costMax: self.fillCostMax)
            }
            guard let changes else { return false }
            self.account(changes, of: memory, &maintenance)
            return true
        }
    }

    /// Notes what another worker was told of the provider's end, unless something newer is known.
    func offerHorizon(_ series: Series, _ horizon: Horizon) {
        self.find(series)?.state.withLock { state in
            if state.horizon.map({ $0.askedTick < horizon.askedTick }) ?? true { state.horizon = horizon }
        }
    }

    /// Forgets a range that these commits changed.
    func forget(_ series: Series, _ range: TimeRange, commits: [ClosedRange<Int64>], tick: Int64) {
        self.change(series) { state in
            for versions in commits { state.version?.note(versions, tick: tick) }
            return state.forget(range, timeframe: series.timeframe)
        }
    }

    /// Forgets the bars of a series if they are still of the version with which they were looked at, and answers whether
    /// it did.
    func forget(_ held: HeldVersion) -> Bool {
        var hasForgotten = false
        self.change(held.series) { state in
            guard state.version == held.version else { return [] }
            hasForgotten = true
            return state.forget(nil, timeframe: held.series.timeframe)
        }
        return hasForgotten
    }

    /// Changes what is held of a known series so that nothing read from the database before is filled in behind it.
    private func change(_ series: Series, _ body: (inout SeriesMemory.State) -> [PageChange]) {
        self.maintenance.withLock { maintenance in
            guard let memory = self.find(series) else { return }
            let changes = memory.state.withLock { state in
                state.generation += 1
                return body(&state)
            }
            self.account(changes, of: memory, &maintenance)
        }
    }
}

extension SeriesMemory.State {
    /// Notes the version of what was just stored here; `commit` is the one that storing it made.
    mutating func noteVersion(_ content: MemoryContent, commit: Int64?) {
        if self.pages.isEmpty {
            self.version = content.version
        } else if let commit {
            self.version?.note(commit...commit, tick: content.tick)
        }
    }

    /// Puts `content` in place of what the pages hold of its range; what it leaves out is forgotten, as it may have
    /// changed.
    mutating func replaceWhole(_ content: MemoryContent, timeframe: Timeframe, costMax: Int) -> [PageChange] {
        let (changes, rest) = self.replace(content, timeframe: timeframe, costMax: costMax)
        return rest.map { self.forget($0, timeframe: timeframe) + changes } ?? changes
    }
}
