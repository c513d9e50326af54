internal import MarketData
internal import Providers

/// Remembers which purchases failed lately, so that they are not tried again before a wait is over.
///
/// Pure state; ticks are nanoseconds of the process's elapsed clock. A purchase that failed again waits twice as long, up to
/// the limit; one that was refused (symbol, key, licence, credit, parameter) waits a fixed time.
struct FailureMemory<Key: Hashable> {
    /// A failure that is not to be repeated yet.
    struct Failure: Sendable {
        let error: ProviderError
        /// When it may be tried again.
        let retryTick: Int64
        /// How often in a row it has failed, as far as that is counted.
        var attempts = 1
    }

    private struct Entry {
        var range: TimeRange
        var failure: Failure
    }

    private let backoff: ClosedRange<Duration>
    private let refusalBackoff: Duration
    private let failuresMax: Int
    private var entries: [Key: [Entry]] = [:]
    private var order = LinkedQueue<Key>()

    init(backoff: ClosedRange<Duration>, refusalBackoff: Duration, failuresMax: Int) {
        self.backoff = backoff
        self.refusalBackoff = refusalBackoff
        self.failuresMax = max(1, failuresMax)
    }

    /// The keys with a failure.
    var count: Int { self.entries.count }

    /// The failure that still keeps `range` from being tried, the one that lasts longest.
    func failure(_ key: Key, _ range: TimeRange, tick: Int64) -> Failure? {
        self.entries[key]?.lazy.filter { $0.range.overlaps(range) && tick < $0.failure.retryTick }.map(\.failure)
            .max { $0.retryTick < $1.retryTick }
    }

    /// Notes that the purchase of `range` failed, which had failed `inherited` times elsewhere.
    mutating func note(_ key: Key, _ range: TimeRange, _ error: ProviderError, inherited: Int = 0, tick: Int64) {
        self.forgetLongPast(key, tick: tick)
        var (merged, attempts) = (range, inherited)
        // What failed before in the same place fails on: the waits of one place grow together.
        for entry in self.entries[key] ?? [] where entry.range.overlaps(range) {
            merged = TimeRange(min(merged.start, entry.range.start), max(merged.end, entry.range.end)) ?? merged
            attempts = max(attempts, entry.failure.attempts)
        }
        let wait = self.wait(for: error, attempt: attempts)
        let retryTick = tick.addingSaturating(wait.clampedNanoseconds)
        let failure = Failure(error: error, retryTick: retryTick, attempts: attempts + 1)
        self.insert(key, merged, failure)
    }

    /// Takes over a failure as it is, in place of those of the same range.
    mutating func adopt(_ key: Key, _ range: TimeRange, _ failure: Failure, tick: Int64) {
        self.forgetLongPast(key, tick: tick)
        self.insert(key, range, failure)
    }

    private mutating func insert(_ key: Key, _ range: TimeRange, _ failure: Failure) {
        self.entries[key, default: []].removeAll { $0.range.overlaps(range) }
        self.entries[key, default: []].append(Entry(range: range, failure: failure))
        self.order.remove(key)
        self.order.append(key)
        if self.order.count > self.failuresMax, let oldest = self.order.popOldest() { self.entries[oldest] = nil }
    }

    /// Forgets the failures of a range that was bought.
    mutating func clear(_ key: Key, _ range: TimeRange) {
        guard self.entries[key] != nil else { return }
        self.entries[key]?.removeAll { $0.range.overlaps(range) }
        self.dropIfEmpty(key)
    }

    /// Forgets what may be tried again at `tick` and whose wait would begin anew.
    mutating func forgetLongPast(tick: Int64) {
        for key in Array(self.entries.keys) {
            self.forgetLongPast(key, tick: tick)
            self.dropIfEmpty(key)
        }
    }

    private mutating func forgetLongPast(_ key: Key, tick: Int64) {
        let grace = max(self.backoff.upperBound, self.refusalBackoff).clampedNanoseconds
        self.entries[key]?.removeAll { tick >= $0.failure.retryTick.addingSaturating(grace) }
    }

    private mutating func dropIfEmpty(_ key: Key) {
        guard self.entries[key]?.isEmpty == true else { return }
        self.entries[key] = nil
        self.order.remove(key)
    }

    private func wait(for error: ProviderError, attempt: Int) -> Duration {
        var wait = self.backoff.lowerBound
        if error.code.isRefusal {
            wait = self.refusalBackoff
        } else {
            for _ in 0..<min(attempt, 40) where wait < self.backoff.upperBound { wait *= 2 }
            wait = min(wait, self.backoff.upperBound)
        }
        return max(wait, error.retryAfter ?? .zero)
    }
}

extension ProviderError.Code {
    /// Whether trying again soon cannot help.
    var isRefusal: Bool {
        switch self {
        case .unauthorized, .forbidden, .outOfCredit, .symbolUnknown, .badRequest, .unsupported: true
        default: false
        }
    }

    /// Whether the failure concerns all that the provider sells, not one series.
    var concernsWholeProvider: Bool {
        switch self {
        case .unauthorized, .outOfCredit, .rateLimited: true
        default: false
        }
    }
}

extension Int64 {
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : sum
    }
}
