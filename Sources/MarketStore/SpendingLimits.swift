/// The most that may be spent in a UTC day, for the purchases of one client.
public struct SpendingLimits: Hashable, Sendable {
    /// For all clients together, in US dollars; nil for no limit.
    public var allUSD: Double?
    /// For the client that the purchase is made for, in US dollars; nil for no limit.
    public var clientUSD: Double?

    /// Creates limits.
    public init(allUSD: Double? = nil, clientUSD: Double? = nil) {
        self.allUSD = allUSD
        self.clientUSD = clientUSD
    }

    /// Whether nothing is limited.
    public var isUnlimited: Bool { self.allUSD == nil && self.clientUSD == nil }
}
