public import MarketData

/// What was spent, or set aside for purchases under way, in one UTC day.
public struct Spending: Hashable, Sendable {
    /// The day, by the database's clock.
    public let day: CivilDate
    /// By all clients together, in US dollars.
    public let allUSD: Double
    /// By the client asked about, in US dollars.
    public let clientUSD: Double

    /// Creates figures.
    public init(day: CivilDate, allUSD: Double, clientUSD: Double) {
        self.day = day
        self.allUSD = allUSD
        self.clientUSD = clientUSD
    }

    /// When the next day, with nothing spent, begins.
    public var resetsAt: Timestamp { self.day.advanced(byDays: 1).start }

    /// The limit that a purchase of this price would pass, nil when it may be made.
    ///
    /// What costs nothing always may.
    public func exceeded(byPriceUSD price: Double, client: String, limits: SpendingLimits) -> BudgetExceeded? {
        guard price > 0 else { return nil }
        // The limit that has less left is named.
        let candidates: [(BudgetExceeded.Scope, limit: Double?, spent: Double)] = [
            (.client(client), limits.clientUSD, self.clientUSD), (.all, limits.allUSD, self.allUSD),
        ]
        let passed = candidates.compactMap { scope, limit, spent in
            limit.flatMap { limit in
                spent + price > limit + Self.toleranceUSD
                    ? BudgetExceeded(
                        scope: scope,
                        limitUSD: limit,
                        spentUSD: spent,
                        priceUSD: price,
                        resetsAt: self.resetsAt
                    ) : nil
            }
        }
        return passed.min { $0.limitUSD - $0.spentUSD < $1.limitUSD - $1.spentUSD }
    }

    /// What the rounding of sums of doubles may amount to.
    private static let toleranceUSD = 1e-9
}
