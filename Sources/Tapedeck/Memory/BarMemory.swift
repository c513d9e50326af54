internal import Locking
internal import MarketData
internal import Synchronization

/// L1: the bars that this process holds, as pages of whole stretches, within a budget.
///
/// A read takes a shard's lock to find the series and the series' lock to copy its bars. Changes come one at a time under
/// `maintenance`, which is taken before the other two and never by a read.
final class BarMemory: Sendable {
    struct PageKey: Hashable {
        let series: Int
        let index: Int64
    }

    struct Maintenance {
        var policy: EvictionPolicy<PageKey>
        /// The series with pages, by their id.
        var held: [Int: SeriesMemory] = [:]
        var barCount = 0
        var byteCount = 0
        var evictionCount = 0
    }

    private static let shardCount = 64

    private let freshness: FreshnessPolicy
    private let shards: Spread<InlineLocked<[Series: SeriesMemory]>>
    private let nextID = Atomic<Int>(0)
    let maintenance: Locked<Maintenance>
    /// The most cost that one fill may bring, so that it leaves room for others.
    let fillCostMax: Int
    /// The most series known at once, with and without pages.
    private let seriesMax: Int

    init(barsMax: Int, freshness: FreshnessPolicy) {
        self.freshness = freshness
        self.shards = Spread(count: Self.shardCount) { InlineLocked([:]) }
        self.maintenance = Locked(Maintenance(policy: EvictionPolicy(budget: barsMax)))
        self.fillCostMax = max(1, barsMax / 2)
        self.seriesMax = barsMax + 1_000
    }

    // MARK: Reading

    /// The bars of `range`, which lies on the grid: see `SeriesMemory.read`.
    func read(
        _ series: Series,
        _ range: TimeRange,
        tick: Int64,
        accepting: AcceptedAge = .fresh
    ) -> MemoryRead? {
        self.find(series)?.read(range, tick: tick, accepting: accepting)
    }

    /// The newest `count` bars: see `SeriesMemory.readRecent`.
    func readRecent(_ series: Series, _ count: Int, lookback: Int64, tick: Int64) -> MemoryRead? {
        self.find(series)?.readRecent(count, lookback: lookback, tick: tick)
    }

    /// The newest `count` bars that are held without a gap, however old.
    func readNewestHeld(_ series: Series, _ count: Int) -> MemoryRead? {
        self.find(series)?.readNewestHeld(count)
    }

    /// The bars of `range`, also of what expired within `grace`: see `SeriesMemory.readHeld`.
    func readHeld(_ series: Series, _ range: TimeRange, tick: Int64, grace: Grace) -> HeldRead? {
        self.find(series)?.readHeld(range, tick: tick, grace: grace)
    }

    /// The newest `count` bars, also of what expired within `grace`.
    func readHeldRecent(_ series: Series, _ count: Int, lookback: Int64, tick: Int64, grace: Grace) -> HeldRead? {
        self.find(series)?.readHeldRecent(count, lookback: lookback, tick: tick, grace: grace)
    }

    /// What the provider had, if that was asked within `grace`, else where what is held ends.
    func heldHorizon(_ series: Series, tick: Int64, grace: Grace) -> Horizon? {
        self.find(series)?.heldHorizon(tick: tick, grace: grace)
    }

    /// Everything held of `range`, however old.
    func held(_ series: Series, in range: TimeRange) -> (bars: [Bar], stretches: [HeldStretch]) {
        self.find(series)?.held(in: range) ?? ([], [])
    }

    /// What of `range` could be answered at `tick`.
    func freshRanges(_ series: Series, in range: TimeRange, tick: Int64) -> RangeSet {
        self.find(series)?.freshRanges(in: range, tick: tick) ?? RangeSet()
    }

    func freshHorizon(_ series: Series, tick: Int64) -> Horizon? {
        self.find(series)?.freshHorizon(tick: tick)
    }

    /// What the provider had when it was last asked, while a closed market is left alone: see `SeriesMemory`.
    func restingHorizon(_ series: Series, tick: Int64) -> Horizon? {
        self.find(series)?.restingHorizon(tick: tick)
    }

    // MARK: Changing

    /// Where something read from the database from now on may be filled in, unless the series changes meanwhile.
    func ticket(_ series: Series) -> MemoryTicket {
        if self.knownCount > self.seriesMax { self.maintenance.withLock { _ in self.forgetEmptySeries() } }
        let memory = self.findOrMake(series)
        return MemoryTicket(memory: memory, generation: memory.generation)
    }

    func setHorizon(_ series: Series, _ horizon: Horizon) {
        self.findOrMake(series).state.withLock { $0.horizon = horizon }
    }

    /// Fills in what was read from the database after the ticket was drawn.
    ///
    /// Does nothing if the series changed since. Of a long range only the newest pages are kept.
    func fill(_ content: MemoryContent, ticket: MemoryTicket) {
        self.maintenance.withLock { maintenance in
            let memory = ticket.memory
            let changes = memory.state.withLock { state -> [PageChange] in
                guard !state.isDetached, state.generation == ticket.generation else { return [] }
                if state.pages.isEmpty { state.version = content.version }
                return state.replace(content, timeframe: memory.series.timeframe, costMax: self.fillCostMax).changes
            }
            self.account(changes, of: memory, &maintenance)
        }
    }

    /// Puts what was just stored in place of what memory holds of its range; of a long range only the newest pages.
    ///
    /// `commit` is the version that storing it made, nil when it made none.
    func replace(_ series: Series, _ content: MemoryContent, commit: Int64? = nil) {
        self.maintenance.withLock { maintenance in
            // Found under this lock, so that no other thread forgets it meanwhile.
            let memory = self.findOrMake(series)
            let changes = memory.state.withLock { state in
                state.generation += 1
                state.noteVersion(content, commit: commit)
                return state.replaceWhole(content, timeframe: series.timeframe, costMax: self.fillCostMax)
            }
            self.account(changes, of: memory, &maintenance)
        }
    }

    /// Forgets a range of a series, or all of it with what its provider has, and answers how many bars that were.
    @discardableResult
    func invalidate(_ series: Series, _ range: TimeRange? = nil) -> Int {
        self.maintenance.withLock { maintenance in
            guard let memory = self.find(series) else { return 0 }
            let before = maintenance.barCount
            let changes = memory.state.withLock { state in
                state.generation += 1
                if range == nil { state.horizon = nil }
                return state.forget(range, timeframe: series.timeframe)
            }
            self.account(changes, of: memory, &maintenance)
            return before - maintenance.barCount
        }
    }

    /// Forgets what has expired at `tick`, and answers how many bars that were.
    func dropExpired(tick: Int64) -> Int {
        self.maintenance.withLock { maintenance in
            let before = maintenance.barCount
            for memory in Array(maintenance.held.values) {
                let changes = memory.state.withLock { state in
                    state.pages.map(\.index).compactMap { index in
                        state.edit(index, timeframe: memory.series.timeframe) {
                            $0.dropExpired(at: tick, lifetime: memory.lifetime)
                        }
                    }
                }
                self.account(changes, of: memory, &maintenance)
            }
            self.forgetEmptySeries()
            return before - maintenance.barCount
        }
    }

    /// Every series that has an object, with or without pages.
    var knownSeries: [Series] {
        self.shardIndexes.flatMap { index in self.withShard(index) { Array($0.keys) } }
    }

    // MARK: Parts

    private var shardIndexes: Range<UInt> { 0..<UInt(Self.shardCount) }

    private func shardIndex(_ series: Series) -> UInt {
        // Cheaper than the hash, which the shard's table computes anyway.
        var sum = UInt(truncatingIfNeeded: series.timeframe.nanoseconds / 1_000_000_000)
        for byte in series.symbol.utf8 { sum = sum &* 31 &+ UInt(byte) }
        return sum
    }

    @inline(__always)
    private func withShard<Result>(_ index: UInt, _ body: (inout [Series: SeriesMemory]) -> sending Result) -> Result {
        self.shards.withValue(index) { $0.withLock { body(&$0) } }
    }

    func find(_ series: Series) -> SeriesMemory? {
        self.withShard(self.shardIndex(series)) { $0[series] }
    }

    private func findOrMake(_ series: Series) -> SeriesMemory {
        self.withShard(self.shardIndex(series)) { table in
            if let known = table[series] { return known }
            let id = self.nextID.add(1, ordering: .relaxed).newValue
            let made = SeriesMemory(series: series, id: id, freshness: self.freshness)
            table[series] = made
            return made
        }
    }

    /// Tells the policy of changed pages, and removes the pages that it evicts for them.
    func account(_ changes: [PageChange], of memory: SeriesMemory, _ maintenance: inout Maintenance) {
        var evicted: Set<PageKey> = []
        for change in changes {
            let key = PageKey(series: memory.id, index: change.index)
            maintenance.barCount += change.barDelta
            maintenance.byteCount += change.byteDelta
            guard let cost = change.cost else {
                maintenance.policy.remove(key)
                continue
            }
            maintenance.held[memory.id] = memory
            if maintenance.policy.contains(key) {
                evicted.formUnion(maintenance.policy.update(key, cost: cost))
            } else if !evicted.contains(key), let counter = memory.counter(ofPage: change.index) {
                evicted.formUnion(maintenance.policy.insert(key, cost: cost, counter: counter))
            }
        }
        for key in evicted {
            guard let owner = maintenance.held[key.series] else { continue }
            maintenance.evictionCount += 1
            let (barCount, byteCount, isEmpty) = owner.removePage(key.index)
            maintenance.barCount -= barCount
            maintenance.byteCount -= byteCount
            if isEmpty { maintenance.held[key.series] = nil }
        }
        if memory.isEmpty { maintenance.held[memory.id] = nil }
    }

    private var knownCount: Int {
        self.shardIndexes.reduce(0) { sum, index in sum + self.withShard(index) { $0.count } }
    }

    /// Forgets the objects of series without pages.
    ///
    /// Called under `maintenance`.
    private func forgetEmptySeries() {
        for index in self.shardIndexes {
            self.withShard(index) { table in
                table = table.filter { !$0.value.detachIfEmpty() }
            }
        }
    }
}
