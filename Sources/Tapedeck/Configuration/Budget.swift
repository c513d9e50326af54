internal import MarketStore

/// The most that may be spent in a UTC day, in US dollars; nil is no limit.
///
/// The database decides, by its own clock, so workers that share it share the budget.
public struct Budget: Hashable, Sendable {
    /// For all clients together.
    public var usdPerDay: Double?
    /// For each client that is not named in `usdPerDayByClient`.
    public var usdPerDayPerClient: Double?
    /// For single clients, by name.
    public var usdPerDayByClient: [String: Double] = [:]

    /// Creates a budget without limits.
    public init() {}

    /// Whether nothing is limited.
    public var isUnlimited: Bool {
        self.usdPerDay == nil && self.usdPerDayPerClient == nil && self.usdPerDayByClient.isEmpty
    }

    /// The limits for the purchases of a client, nil when there are none.
    func limits(of client: String) -> SpendingLimits? {
        let limits = SpendingLimits(
            allUSD: self.usdPerDay,
            clientUSD: self.usdPerDayByClient[client] ?? self.usdPerDayPerClient
        )
        return limits.isUnlimited ? nil : limits
    }
}
