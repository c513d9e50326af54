public import MarketData

/// A purchase was refused because it would pass a day's spending limit; nothing was written down and nothing bought.
public struct BudgetExceeded: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose limit it is.
    public enum Scope: Hashable, Sendable {
        /// That of all clients together.
        case all
        /// That of one client.
        case client(String)
    }

    /// Whose limit would be passed.
    public let scope: Scope
    /// The limit of a day, in US dollars.
    public let limitUSD: Double
    /// What was spent or set aside today, in US dollars.
    public let spentUSD: Double
    /// What the refused purchase would cost, in US dollars.
    public let priceUSD: Double
    /// When the next day begins.
    public let resetsAt: Timestamp

    /// Creates the error.
    public init(scope: Scope, limitUSD: Double, spentUSD: Double, priceUSD: Double, resetsAt: Timestamp) {
        self.scope = scope
        self.limitUSD = limitUSD
        self.spentUSD = spentUSD
        self.priceUSD = priceUSD
        self.resetsAt = resetsAt
    }

    /// The refusal in words.
    public var description: String {
        let whose =
            switch self.scope {
            case .all: "the budget of \(self.limitUSD) USD a day"
            case .client(let name): "the budget of \(self.limitUSD) USD a day of client '\(name)'"
            }
        return "\(whose) would be passed: \(self.spentUSD) USD are spent or set aside today and this purchase costs "
            + "about \(self.priceUSD) USD; the next day begins at \(self.resetsAt)"
    }
}
