public import MarketData

/// What a claim found and got.
public struct LeaseAnswer: Hashable, Sendable {
    /// What the claimer may buy now, the oldest range first; all of it was missing and nobody else may buy it.
    public let granted: [FetchLease]
    /// What is missing and somebody else is buying.
    public let held: RangeSet
    /// How long until the first of those leases expires unless it is renewed; nil when none of them is known to.
    public let heldFor: Duration?
    /// What failed a short while ago and keeps the claimer from buying the rest; at most one.
    public let failure: LeaseFailure?
    /// What is missing, free, and beyond `LeaseClaim.grantsMax`.
    public let left: RangeSet
    /// The database's clock.
    public let databaseNow: Timestamp

    /// Whether there was nothing missing at all.
    public var isNothingMissing: Bool {
        self.granted.isEmpty && self.held.isEmpty && self.failure == nil && self.left.isEmpty
    }
}
