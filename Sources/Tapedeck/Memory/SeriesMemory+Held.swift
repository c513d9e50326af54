internal import MarketData

extension SeriesMemory {
    /// The bars of `range`, also of what expired within `grace`; nil when it holds nothing of its start.
    func readHeld(_ range: TimeRange, tick: Int64, grace: Grace) -> HeldRead? {
        self.state.withLock { state in
            let horizon = state.heldHorizon(tick, grace, timeframe: self.series.timeframe, lifetime: self.lifetime)
            let read = state.read(range, timeframe: self.series.timeframe, horizon: horizon) {
                $0.isFresh(at: tick, lifetime: self.lifetime.addingSaturating(grace.nanoseconds))
            }
            return state.held(read, tick: tick, lifetime: self.lifetime)
        }
    }

    /// The newest `count` bars, also of what expired within `grace`: see `readRecent`.
    func readHeldRecent(_ count: Int, lookback: Int64, tick: Int64, grace: Grace) -> HeldRead? {
        self.state.withLock { state in
            let timeframe = self.series.timeframe
            guard let horizon = state.heldHorizon(tick, grace, timeframe: timeframe, lifetime: self.lifetime) else {
                return nil
            }
            let read = state.readRecent(count, timeframe: timeframe, horizon: horizon, lookback: lookback) {
                $0.isFresh(at: tick, lifetime: self.lifetime.addingSaturating(grace.nanoseconds))
            }
            return state.held(read, tick: tick, lifetime: self.lifetime)
        }
    }

    /// What the provider had, if that was asked within `grace`, else where what is held ends.
    func heldHorizon(tick: Int64, grace: Grace) -> Horizon? {
        self.state.withLock {
            $0.heldHorizon(tick, grace, timeframe: self.series.timeframe, lifetime: self.lifetime)
        }
    }
}

extension SeriesMemory.State {
    fileprivate func heldHorizon(_ tick: Int64, _ grace: Grace, timeframe: Timeframe, lifetime: Int64) -> Horizon? {
        if grace.allowsLackingEnd, let last = self.pages.last?.stretches.last, !last.isFinal,
            last.isFresh(at: tick, lifetime: lifetime.addingSaturating(grace.nanoseconds))
        {
            // The provider's new end may be known already, while what lies before it is being bought.
            return Horizon(
                start: self.horizon?.start ?? .earliest,
                availableEnd: last.range.end,
                timeframe: timeframe,
                askedTick: last.fetchedTick,
                deadlineTick: last.fetchedTick
            )
        }
        guard let horizon = self.horizon, tick < horizon.deadlineTick.addingSaturating(grace.nanoseconds),
            grace.allowsLackingEnd || tick < horizon.nextPeriodTick
        else { return nil }
        return horizon
    }

    fileprivate func held(_ read: MemoryRead?, tick: Int64, lifetime: Int64) -> HeldRead? {
        guard let read, let range = read.range else { return nil }
        let stretches = self.pages.lazy.filter { $0.range.overlaps(range) }.flatMap(\.stretches)
        let fresh = stretches.filter { $0.isFresh(at: tick, lifetime: lifetime) }.compactMap {
            $0.range.intersection(range)
        }
        return HeldRead(read: read, range: range, fresh: RangeSet(fresh))
    }
}
