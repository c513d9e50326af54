/// A bucket of tokens that fills at a steady rate; a request takes one.
///
/// Its whole state is the time at which it will be full again, so that a bucket that nobody uses needs no upkeep.
struct TokenBucket: Equatable {
    /// How a bucket fills.
    struct Rate: Equatable, Sendable {
        /// The time in which one token comes.
        let interval: Duration
        /// The most tokens that it holds: so many requests may come at once.
        let capacity: Int

        /// `perSecond` and `capacity` are at least 1.
        init(perSecond: Int, capacity: Int) {
            precondition(perSecond > 0 && capacity > 0, "A bucket holds something and fills.")
            self.interval = .seconds(1) / perSecond
            self.capacity = capacity
        }
    }

    /// When it is full again, as elapsed time.
    private var full: Duration = .zero

    /// Whether it is full at `now`.
    func isFull(at now: Duration) -> Bool { self.full <= now }

    /// Takes a token, or returns how long it takes until there is one.
    mutating func take(at now: Duration, rate: Rate) -> Duration? {
        let next = max(self.full, now) + rate.interval
        let wait = next - now - rate.interval * rate.capacity
        guard wait <= .zero else { return wait }
        self.full = next
        return nil
    }
}
