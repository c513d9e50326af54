public import MarketData

/// The right to buy a range and to store it, until someone takes it over after it expired.
public struct FetchLease: Hashable, Sendable {
    /// What storing shows.
    public let token: LeaseToken
    /// What may be bought.
    public let range: TimeRange
    /// How often in a row the range failed before, whichever worker tried.
    public let attempts: Int

    /// Creates a lease.
    public init(token: LeaseToken, range: TimeRange, attempts: Int) {
        self.token = token
        self.range = range
        self.attempts = attempts
    }
}
