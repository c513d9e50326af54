public import MarketData
public import Providers

/// A part of an answer that is missing, or that could not be brought up to date, and why.
public struct MissingRange: Hashable, Sendable {
    /// Why a part is missing.
    public enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// The provider does not have it yet.
        case notAvailableYet
        /// It lies before the first instant that the provider has.
        case beforeProviderStart
        /// The provider failed. With `isStale` the answer holds what was stored of the range before.
        case providerFailed(ProviderError.Code)
        /// Fewer bars than asked were found within the lookback limit of the timeframe.
        case lookbackLimit
        /// The range falls into more pieces than one request may buy: ask again for the rest.
        case purchaseLimit
        /// The database could not be read, and memory holds nothing newer.
        case databaseFailed
        /// It is being bought now: ask again. With `isStale` the answer holds what was stored of the range before.
        case pending
        /// Nothing is bought in offline mode. With `isStale` the answer holds what was stored of the range before.
        case offline
        /// Buying it would pass the day's spending limit.
        case budgetExceeded

        /// A word for machines: `notAvailableYet`, `providerFailed`.
        public var name: String {
            switch self {
            case .notAvailableYet: "notAvailableYet"
            case .beforeProviderStart: "beforeProviderStart"
            case .providerFailed: "providerFailed"
            case .lookbackLimit: "lookbackLimit"
            case .purchaseLimit: "purchaseLimit"
            case .databaseFailed: "databaseFailed"
            case .pending: "pending"
            case .offline: "offline"
            case .budgetExceeded: "budgetExceeded"
            }
        }

        /// The name, with the provider's error code behind it.
        public var description: String {
            if case .providerFailed(let code) = self { return "providerFailed: \(code)" }
            return self.name
        }
    }

    /// Which part.
    public let range: TimeRange
    /// Why.
    public let reason: Reason
    /// The cause in words, free of secrets.
    public let detail: String

    /// Creates a missing part.
    public init(range: TimeRange, reason: Reason, detail: String) {
        self.range = range
        self.reason = reason
        self.detail = detail
    }
}

extension ProviderError {
    /// Why a part is missing that could not be bought.
    var missingReason: MissingRange.Reason {
        self.code == .offline ? .offline : .providerFailed(self.code)
    }
}
