internal import MarketData

/// Whose newest prices.
struct LatestKey: Hashable, Sendable {
    let provider: ProviderID
    let symbol: String
}
