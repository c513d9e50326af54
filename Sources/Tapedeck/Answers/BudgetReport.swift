public import MarketData

/// What the day's budget looks like, as this process last heard from the database.
public struct BudgetReport: Hashable, Sendable {
    /// One client's share.
    public struct Client: Hashable, Sendable {
        /// The client's name.
        public var name: String
        /// Spent or set aside on the day, in US dollars.
        public var spentUSD: Double
        /// The client's limit of a day, in US dollars, nil for none.
        public var limitUSD: Double?

        /// Creates a share.
        public init(name: String, spentUSD: Double, limitUSD: Double?) {
            self.name = name
            self.spentUSD = spentUSD
            self.limitUSD = limitUSD
        }
    }

    /// The day (UTC) that the figures are of, nil before the first purchase that was checked.
    public var day: CivilDate?
    /// Spent or set aside on that day by all workers, in US dollars.
    public var spentUSD = 0.0
    /// The limit of a day for all clients together, in US dollars, nil for none.
    public var limitUSD: Double?
    /// The clients that this process bought for on that day, by name.
    public var clients: [Client] = []

    /// Creates a report of nothing.
    public init() {}
}
