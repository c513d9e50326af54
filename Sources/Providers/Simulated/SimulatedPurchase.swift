public import MarketData

/// One fetch that a simulated provider has answered, also in part.
public struct SimulatedPurchase: Hashable, Sendable {
    /// Which call it was.
    public let call: SimulatedCall
    /// What the symbol was.
    public let symbol: String
    /// The series, or nil for the newest prices.
    public let series: Series?
    /// The stretch that was delivered, or nil when none was, and for the newest prices.
    public let range: TimeRange?
    /// The records delivered.
    public let recordCount: Int
    /// Whether the fetch came to its end.
    public let isComplete: Bool
    /// The identifier of the request, empty for the newest prices.
    public let requestID: String
}

/// The calls that a provider answers.
public enum SimulatedCall: String, Hashable, Sendable, CaseIterable {
    /// `availability(of:)`.
    case availability
    /// `fetchBars(_:deliver:)`.
    case bars
    /// `fetchQuotes(_:deliver:)`.
    case quotes
    /// `fetchLatest(symbol:)`.
    case latest
    /// `estimate(_:ranges:)`.
    case estimate
    /// `changedDays(in:)`.
    case changedDays

    /// Whether the call delivers records.
    var isPurchase: Bool {
        switch self {
        case .bars, .quotes, .latest: true
        case .availability, .estimate, .changedDays: false
        }
    }
}
