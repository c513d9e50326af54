internal import MarketData
internal import MarketStore

/// What a worker holds, and how long it may rely on that without asking the database: pure state.
///
/// Ticks are nanoseconds of the process's elapsed clock, so no wall clock matters, and a process that was paused knows.
/// A lease is trusted for its length less a tenth, counted from before the question that it was granted or renewed by.
struct HeldLeases {
    private struct Holding {
        let end: Timestamp
        var trustedUntilTick: Int64
        /// Whether it is to be given back as soon as the database can be told.
        var isReturned = false
    }

    private let trustNanoseconds: Int64
    private var holdings: [LeaseToken: Holding] = [:]

    /// `length` is how long a lease stands unless it is renewed.
    init(length: Duration) {
        let nanoseconds = length.clampedNanoseconds
        self.trustNanoseconds = nanoseconds - nanoseconds / 10
    }

    var count: Int { self.holdings.count }

    /// Everything that the database is to be told to keep standing, in a fixed order.
    var tokens: [LeaseToken] { self.holdings.keys.sorted { $0.rawValue < $1.rawValue } }

    /// What waits to be given back.
    var returned: [LeaseToken] { self.tokens.filter { self.holdings[$0]?.isReturned == true } }

    /// Whether the worker may still ask the provider for what the lease is about.
    func isTrusted(_ token: LeaseToken, tick: Int64) -> Bool {
        guard let holding = self.holdings[token], !holding.isReturned else { return false }
        return tick < holding.trustedUntilTick
    }

    /// Whether nobody else can have taken it over yet, also when it is to be given back.
    func isOurs(_ token: LeaseToken, tick: Int64) -> Bool {
        self.holdings[token].map { tick < $0.trustedUntilTick } ?? false
    }

    /// Notes leases that a claim begun at `tick` granted.
    mutating func add(_ leases: [FetchLease], tick: Int64) {
        let until = tick.addingSaturating(self.trustNanoseconds)
        for lease in leases { self.holdings[lease.token] = Holding(end: lease.range.end, trustedUntilTick: until) }
    }

    /// Notes that a renewal begun at `tick` reached these.
    mutating func noteRenewed(_ tokens: some Sequence<LeaseToken>, tick: Int64) {
        let until = tick.addingSaturating(self.trustNanoseconds)
        for token in tokens {
            guard let holding = self.holdings[token] else { continue }
            self.holdings[token]?.trustedUntilTick = max(holding.trustedUntilTick, until)
        }
    }

    /// Notes that what comes before `end` was stored by a write begun at `tick`, which renewed the rest.
    mutating func noteStored(_ token: LeaseToken, upTo end: Timestamp, tick: Int64) {
        guard let holding = self.holdings[token] else { return }
        if end >= holding.end {
            self.holdings[token] = nil
        } else {
            self.noteRenewed([token], tick: tick)
        }
    }

    /// Notes that leases are not needed any more; they are held until the database was told (`forget`).
    mutating func giveBack(_ tokens: some Sequence<LeaseToken>) {
        for token in tokens { self.holdings[token]?.isReturned = true }
    }

    /// Forgets leases that the database does not have any more, and answers which of them were held.
    @discardableResult
    mutating func forget(_ tokens: some Sequence<LeaseToken>) -> Int {
        tokens.reduce(0) { $0 + (self.holdings.removeValue(forKey: $1) == nil ? 0 : 1) }
    }
}
