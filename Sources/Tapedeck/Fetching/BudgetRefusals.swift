internal import MarketData

/// Remembers for a while which purchases did not fit into the budget, so that not every read asks for the price anew: pure
/// state.
///
/// Only what costs at least as much is refused from memory: a range that holds a refused one.
struct BudgetRefusals {
    /// Whose purchases of what.
    struct Key: Hashable {
        let flight: FlightKey
        let client: String
    }

    private struct Entry {
        let range: TimeRange
        let refusal: Withheld
        let retryTick: Int64
    }

    private let refusalsMax: Int
    private var entries: [Key: Entry] = [:]
    private var order = LinkedQueue<Key>()

    init(refusalsMax: Int) {
        self.refusalsMax = max(1, refusalsMax)
    }

    /// The refusal that still holds for the range, nil when it has to be found out.
    func refusal(_ key: Key, _ range: TimeRange, tick: Int64) -> Withheld? {
        guard let entry = self.entries[key], tick < entry.retryTick, range.contains(entry.range) else { return nil }
        return entry.refusal
    }

    /// Notes that the range was refused; it is asked about again at `retryTick`.
    mutating func note(_ key: Key, _ range: TimeRange, _ refusal: Withheld, retryTick: Int64) {
        self.entries[key] = Entry(range: range, refusal: refusal, retryTick: retryTick)
        self.order.remove(key)
        self.order.append(key)
        if self.order.count > self.refusalsMax, let oldest = self.order.popOldest() { self.entries[oldest] = nil }
    }
}
