internal import Locking
internal import MarketData

/// What memory holds of one series: pages behind one lock.
///
/// Readers take only this lock. Writers come one at a time, through `BarMemory`, which also keeps the budget.
final class SeriesMemory: Sendable {
    struct State {
        /// Sorted by index.
        var pages: [MemoryPage] = []
        var horizon: Horizon?
        /// Raised with every change that comes from a purchase or a removal, so that what was read from the database
        /// before it is not filled in after it.
        var generation = 0
        /// As of which commit the pages are; nil without pages, and where that is not known.
        var version: SeriesVersion?
        /// How often what expires next is read.
        var heat = ReadHeat()
        /// Whether `BarMemory` has forgotten this object.
        var isDetached = false
    }

    let series: Series
    /// Tells the series apart from others within the process.
    let id: Int
    /// How long a provisional stretch lives, in nanoseconds.
    let lifetime: Int64
    /// How long a market must have been silent, besides closed, to be left alone, in nanoseconds.
    let silence: Int64
    private let freshness: FreshnessPolicy
    let state = InlineLocked(State())

    init(series: Series, id: Int, freshness: FreshnessPolicy) {
        self.series = series
        self.id = id
        self.freshness = freshness
        self.lifetime = freshness.provisionalLifetime(series.timeframe).clampedNanoseconds
        self.silence = freshness.closedRecheckInterval.clampedNanoseconds
    }

    /// The bars of `range`, which lies on the grid, if all that the provider can have of it is known.
    func read(_ range: TimeRange, tick: Int64, accepting: AcceptedAge) -> MemoryRead? {
        self.state.withLock { state in
            let horizon = state.freshHorizon(tick)
            let rest = horizon == nil && accepting == .resting ? self.resting(state, tick) : nil
            let read = state.read(range, timeframe: self.series.timeframe, horizon: horizon ?? rest) {
                accepting == .any || $0.isFresh(at: tick, lifetime: self.lifetime) || $0.isHeld(in: rest)
            }
            return state.noted(read, tick: tick, lifetime: self.lifetime, freshness: self.freshness)
        }
    }

    /// The newest `count` bars before the end of what the provider has, searched back to `lookback` nanoseconds before it.
    ///
    /// Answers nil when the provider's end is not known freshly, or when there is a gap before the bars are complete.
    func readRecent(_ count: Int, lookback: Int64, tick: Int64) -> MemoryRead? {
        self.state.withLock { state in
            let fresh = state.freshHorizon(tick)
            let rest = fresh == nil ? self.resting(state, tick) : nil
            guard let horizon = fresh ?? rest else { return nil }
            let timeframe = self.series.timeframe
            let read = state.readRecent(count, timeframe: timeframe, horizon: horizon, lookback: lookback) {
                $0.isFresh(at: tick, lifetime: self.lifetime) || $0.isHeld(in: rest)
            }
            return state.noted(read, tick: tick, lifetime: self.lifetime, freshness: self.freshness)
        }
    }

    /// The newest `count` bars that are held without a gap, however old.
    func readNewestHeld(_ count: Int) -> MemoryRead? {
        self.state.withLock { state in
            guard let end = state.pages.last?.stretches.last?.range.end else { return nil }
            let timeframe = self.series.timeframe
            let held = Horizon(start: .earliest, availableEnd: end, timeframe: timeframe, askedTick: 0, deadlineTick: 0)
            return state.readRecent(count, timeframe: timeframe, horizon: held, lookback: .max) { _ in true }
        }
    }

    /// Everything held of `range`, however old.
    func held(in range: TimeRange) -> (bars: [Bar], stretches: [HeldStretch]) {
        self.state.withLock { state in
            let pages = state.pages.filter { $0.range.overlaps(range) }
            let stretches = pages.flatMap(\.stretches).compactMap { stretch in
                stretch.range.intersection(range).map { HeldStretch(range: $0, fetchedTick: stretch.fetchedTick) }
            }
            let bars = pages.flatMap { page in
                page.bars[page.lowerBound(range.start)..<page.lowerBound(range.end)]
            }
            return (bars, stretches)
        }
    }

    /// What of `range` could be answered at `tick`.
    func freshRanges(in range: TimeRange, tick: Int64) -> RangeSet {
        self.state.withLock { state in
            RangeSet(
                state.pages.lazy.filter { $0.range.overlaps(range) }.flatMap(\.stretches)
                    .filter { $0.isFresh(at: tick, lifetime: self.lifetime) }
                    .compactMap { $0.range.intersection(range) }
            )
        }
    }

    func freshHorizon(tick: Int64) -> Horizon? {
        self.state.withLock { $0.freshHorizon(tick) }
    }

    /// What the provider had when it was last asked, if its market is closed by its calendar and silent by what is held.
    ///
    /// The calendar may be wrong, so it is believed only when the newest bar had ended well before the end of the data:
    /// a market that trades although it should not is asked for as at other times.
    func restingHorizon(tick: Int64) -> Horizon? {
        self.state.withLock { self.resting($0, tick) }
    }

    private func resting(_ state: State, _ tick: Int64) -> Horizon? {
        guard let horizon = state.horizon, horizon.isResting(at: tick),
            let position = state.pages.lastIndex(where: { !$0.bars.isEmpty }),
            let newest = state.pages[position].bars.last, let last = state.pages.last,
            // A page between them that was evicted might have held newer bars.
            last.index - state.pages[position].index == Int64(state.pages.count - 1 - position)
        else { return nil }
        let silentFrom = self.series.timeframe.end(ofPeriodStarting: newest.timestamp)
        let silence = horizon.availableEnd.nanoseconds.subtractingSaturating(silentFrom.nanoseconds)
        return silence >= self.silence ? horizon : nil
    }

    /// The number of changes so far: see `State.generation`.
    var generation: Int { self.state.withLock { $0.generation } }

    var isEmpty: Bool { self.state.withLock { $0.pages.isEmpty } }
}

extension SeriesMemory.State {
    func freshHorizon(_ tick: Int64) -> Horizon? {
        self.horizon.flatMap { $0.isFresh(at: tick) ? $0 : nil }
    }

    /// The read, with a note whether it is due to be bought again.
    fileprivate mutating func noted(
        _ read: MemoryRead?,
        tick: Int64,
        lifetime: Int64,
        freshness: FreshnessPolicy
    ) -> MemoryRead? {
        guard var read, read.oldestTick != HeldStretch.neverExpires else { return read }
        read.isDueAhead = self.heat.note(
            fetchedTick: read.oldestTick,
            tick: tick,
            lifetime: lifetime,
            nextPeriodTick: read.horizon?.nextPeriodTick,
            freshness: freshness
        )
        return read
    }

    /// The place in `pages` of the first page with this index or a later one.
    func position(of index: Int64) -> Int {
        // Most reads ask for the newest page.
        if let last = self.pages.last, last.index < index { return self.pages.count }
        var (low, high) = (0, self.pages.count)
        while low < high {
            let middle = (low + high) / 2
            if self.pages[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func read(
        _ asked: TimeRange,
        timeframe: Timeframe,
        horizon: Horizon?,
        isUsable: (HeldStretch) -> Bool
    ) -> MemoryRead? {
        let start = horizon.map { max($0.start, asked.start) } ?? asked.start
        // What is held behind the horizon is answered, too: the provider's end may have gone back.
        let end = horizon.map { min($0.end, asked.end) } ?? asked.end
        let first = self.position(of: MemoryPage.index(of: start, timeframe: timeframe))
        var provisional = ProvisionalSummary()
        var known = start
        var position = first
        var count = 0
        while known < asked.end, position < self.pages.count, self.pages[position].range.contains(known) {
            let page = self.pages[position]
            let target = min(page.range.end, asked.end)
            let knownEnd = page.knownEnd(from: known, to: target, provisional: &provisional, where: isUsable)
            count += page.lowerBound(knownEnd) - page.lowerBound(known)
            known = knownEnd
            position += 1
            if knownEnd < target { break }
        }
        guard known >= end else { return nil }
        guard let range = TimeRange(start, known) else { return MemoryRead(empty: horizon) }
        let bars = self.bars(in: range, pages: first..<position, count: count)
        return MemoryRead(bars, range, provisional, horizon)
    }

    func readRecent(
        _ asked: Int,
        timeframe: Timeframe,
        horizon: Horizon,
        lookback: Int64,
        isUsable: (HeldStretch) -> Bool
    ) -> MemoryRead? {
        let end = horizon.end
        let limit = max(horizon.start, timeframe.floor(end.advancedSaturating(byNanoseconds: -lookback)))
        guard limit < end else {
            return MemoryRead(empty: horizon)
        }
        var known = end
        var count = 0
        var position = self.position(of: MemoryPage.index(of: end, timeframe: timeframe))
        // A page that begins at `end` holds nothing before it.
        if position == self.pages.count || self.pages[position].range.start >= end { position -= 1 }
        let afterLast = position + 1
        while true {
            guard position >= 0, self.pages[position].range.start < known, known <= self.pages[position].range.end
            else { return nil }
            let page = self.pages[position]
            let before = known
            known = max(page.knownStart(before: before, where: isUsable), limit)
            let (low, high) = (page.lowerBound(known), page.lowerBound(before))
            count += high - low
            if count >= asked {
                known = page.bars[low + count - asked].timestamp
                count = asked
                break
            }
            if known == limit { break }
            guard known <= page.range.start else { return nil }
            position -= 1
        }
        guard let range = TimeRange(known, end) else { return nil }
        let bars = self.bars(in: range, pages: position..<afterLast, count: count)
        var provisional = ProvisionalSummary()
        for page in self.pages[position..<afterLast] { page.summarise(range, into: &provisional) }
        return MemoryRead(bars, range, provisional, horizon)
    }

    /// The `count` bars that the pages hold of `range`, with one allocation, and a read noted for each page.
    private func bars(in range: TimeRange, pages: Range<Int>, count: Int) -> [Bar] {
        var result: [Bar] = []
        result.reserveCapacity(count)
        for position in pages {
            self.pages[position].counter.noteRead(isForming: self.pages[position].isForming)
            let low = self.pages[position].lowerBound(range.start)
            let high = self.pages[position].lowerBound(range.end)
            result.append(contentsOf: self.pages[position].bars[low..<high])
        }
        return result
    }
}

extension MemoryRead {
    /// The answer that the provider has nothing of what was asked.
    init(empty horizon: Horizon?) {
        self.init(
            bars: [],
            range: nil,
            oldestTick: HeldStretch.neverExpires,
            firstProvisional: Timestamp(nanoseconds: .max),
            horizon: horizon
        )
    }

    fileprivate init(_ bars: [Bar], _ range: TimeRange, _ provisional: ProvisionalSummary, _ horizon: Horizon?) {
        self.init(
            bars: bars,
            range: range,
            oldestTick: provisional.oldestTick,
            firstProvisional: provisional.first,
            horizon: horizon
        )
    }
}
