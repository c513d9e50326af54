internal import MarketData

/// What a change did to one page.
struct PageChange {
    let index: Int64
    /// The page's cost, or nil when the page is gone.
    let cost: Int?
    /// Bars that the page holds more, or fewer, than before.
    let barDelta: Int
    /// Bytes that it takes more, or fewer, than before.
    let byteDelta: Int
}

extension SeriesMemory {
    func counter(ofPage index: Int64) -> AccessCounter? {
        self.state.withLock { state in
            let position = state.position(of: index)
            guard position < state.pages.count, state.pages[position].index == index else { return nil }
            return state.pages[position].counter
        }
    }

    /// Removes a page that the policy evicted, and answers what it held and whether it was the last one.
    func removePage(_ index: Int64) -> (barCount: Int, byteCount: Int, isEmpty: Bool) {
        self.state.withLock { state in
            let position = state.position(of: index)
            guard position < state.pages.count, state.pages[position].index == index else {
                return (0, 0, state.pages.isEmpty)
            }
            let page = state.pages.remove(at: position)
            return (page.bars.count, page.byteCount, state.pages.isEmpty)
        }
    }

    /// Marks the object as forgotten if it has no pages.
    func detachIfEmpty() -> Bool {
        self.state.withLock { state in
            state.isDetached = state.pages.isEmpty
            return state.isDetached
        }
    }
}

extension SeriesMemory.State {
    /// Changes the page with this index, which is made when it does not exist and removed when it then knows nothing.
    ///
    /// Answers nil when there was no page and there is none now.
    mutating func edit(_ index: Int64, timeframe: Timeframe, _ body: (inout MemoryPage) -> Void) -> PageChange? {
        let position = self.position(of: index)
        guard position < self.pages.count, self.pages[position].index == index else {
            var page = MemoryPage(index: index, timeframe: timeframe)
            body(&page)
            guard !page.stretches.isEmpty else { return nil }
            self.pages.insert(page, at: position)
            return PageChange(
                index: index,
                cost: page.cost,
                barDelta: page.bars.count,
                byteDelta: page.byteCount
            )
        }
        let (bars, bytes) = (self.pages[position].bars.count, self.pages[position].byteCount)
        body(&self.pages[position])
        guard !self.pages[position].stretches.isEmpty else {
            self.pages.remove(at: position)
            return PageChange(index: index, cost: nil, barDelta: -bars, byteDelta: -bytes)
        }
        let page = self.pages[position]
        return PageChange(
            index: index,
            cost: page.cost,
            barDelta: page.bars.count - bars,
            byteDelta: page.byteCount - bytes
        )
    }

    /// Forgets what the pages hold of `range`, or everything.
    ///
    /// Answers the changes.
    mutating func forget(_ range: TimeRange?, timeframe: Timeframe) -> [PageChange] {
        let pages = self.pages.map { (index: $0.index, range: $0.range) }
        return pages.compactMap { page in
            guard let part = range == nil ? page.range : range?.intersection(page.range) else { return nil }
            return self.edit(page.index, timeframe: timeframe) { $0.replace(part, stretches: [], bars: []) }
        }
    }

    /// Puts `content` in place of what the pages hold of its range.
    ///
    /// Of a long range only the newest pages are changed, until they cost `costMax`. Answers the changes, oldest page first,
    /// and the part of the range that was left out.
    mutating func replace(
        _ content: MemoryContent,
        timeframe: Timeframe,
        costMax: Int
    ) -> (changes: [PageChange], rest: TimeRange?) {
        let stretches = HeldStretch.stretches(
            of: content.coverage,
            in: content.range,
            databaseNow: content.databaseNow,
            tick: content.tick
        )
        let first = MemoryPage.index(of: content.range.start, timeframe: timeframe)
        var index = MemoryPage.index(of: content.range.end.advancedSaturating(byNanoseconds: -1), timeframe: timeframe)
        var barsEnd = content.bars.count
        var stretchesEnd = stretches.count
        var changes: [PageChange] = []
        var cost = 0
        while index >= first, cost < costMax {
            let pageStart = Timestamp(nanoseconds: index * MemoryPage.length(timeframe))
            let barsStart = content.bars.lowerBound(pageStart, before: barsEnd)
            var stretchesStart = stretchesEnd
            while stretchesStart > 0, stretches[stretchesStart - 1].range.end > pageStart { stretchesStart -= 1 }
            let change = self.edit(index, timeframe: timeframe) { page in
                guard let part = page.range.intersection(content.range) else { return }
                let held = stretches[stretchesStart..<stretchesEnd].compactMap { stretch in
                    stretch.range.intersection(part).map { HeldStretch(range: $0, fetchedTick: stretch.fetchedTick) }
                }
                page.replace(part, stretches: held, bars: content.bars[barsStart..<barsEnd])
            }
            if let change {
                changes.append(change)
                cost += change.cost ?? 0
            }
            barsEnd = barsStart
            // A stretch that begins before this page goes on in the one before.
            while stretchesEnd > stretchesStart, stretches[stretchesEnd - 1].range.start >= pageStart {
                stretchesEnd -= 1
            }
            index -= 1
        }
        let end = Timestamp(nanoseconds: (index + 1) * MemoryPage.length(timeframe))
        return (changes.reversed(), TimeRange(content.range.start, min(end, content.range.end)))
    }
}

extension [Bar] {
    /// The index of the first bar at or after `timestamp`, looked for before the index `end`.
    func lowerBound(_ timestamp: Timestamp, before end: Int) -> Int {
        var (low, high) = (0, end)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].timestamp < timestamp { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
