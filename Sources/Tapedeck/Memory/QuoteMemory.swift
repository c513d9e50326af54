internal import Locking
internal import MarketData

/// The newest prices of the symbols that were asked for lately; the least recently used leaves first.
final class QuoteMemory: Sendable {
    private struct State {
        var values: [LatestKey: HeldLatest] = [:]
        var heat: [LatestKey: ReadHeat] = [:]
        var order = LinkedQueue<LatestKey>()
    }

    private let quotesMax: Int
    private let state = Locked(State())

    init(quotesMax: Int) {
        self.quotesMax = max(1, quotesMax)
    }

    var count: Int { self.state.withLock { $0.values.count } }

    /// The prices, if they were fetched within `lifetime` nanoseconds before `tick`.
    func read(_ key: LatestKey, tick: Int64, lifetime: Int64) -> HeldLatest? {
        self.state.withLock { state in
            guard let held = state.values[key], tick.subtractingSaturating(held.fetchedTick) < lifetime else {
                return nil
            }
            state.order.remove(key)
            state.order.append(key)
            return held
        }
    }

    /// Notes a read of prices of the usual lifetime, and answers whether they are to be bought again before they expire.
    func isDueAhead(_ key: LatestKey, _ held: HeldLatest, tick: Int64, freshness: FreshnessPolicy) -> Bool {
        self.state.withLock { state in
            guard state.values[key] != nil else { return false }
            return state.heat[key, default: ReadHeat()].note(
                fetchedTick: held.fetchedTick,
                tick: tick,
                lifetime: freshness.latestLifetime.clampedNanoseconds,
                nextPeriodTick: nil,
                freshness: freshness
            )
        }
    }

    /// The prices, however old.
    func readExpired(_ key: LatestKey) -> HeldLatest? {
        self.state.withLock { $0.values[key] }
    }

    /// Keeps the prices, unless younger ones are held.
    func fill(_ key: LatestKey, _ latest: HeldLatest) {
        self.state.withLock { state in
            if let held = state.values[key], held.fetchedTick > latest.fetchedTick { return }
            state.values[key] = latest
            state.order.remove(key)
            state.order.append(key)
            guard state.values.count > self.quotesMax, let oldest = state.order.popOldest() else { return }
            state.values[oldest] = nil
            state.heat[oldest] = nil
        }
    }

    /// Forgets what satisfies `shouldForget`, and answers how many symbols that were.
    func forget(where shouldForget: (LatestKey, HeldLatest) -> Bool) -> Int {
        self.state.withLock { state in
            let forgotten = state.values.filter { shouldForget($0.key, $0.value) }.map(\.key)
            for key in forgotten {
                state.values[key] = nil
                state.heat[key] = nil
                state.order.remove(key)
            }
            return forgotten.count
        }
    }

    /// Traps when order and values do not fit each other.
    func checkInvariants() {
        self.state.withLock { state in
            precondition(state.values.count <= self.quotesMax)
            precondition(Set(state.order.keys) == Set(state.values.keys))
            precondition(state.order.count == state.values.count)
            precondition(state.heat.keys.allSatisfy { state.values[$0] != nil })
        }
    }
}
