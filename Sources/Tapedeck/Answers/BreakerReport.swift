public import MarketData

/// How a provider's circuit breaker stands.
public struct BreakerReport: Hashable, Sendable {
    /// What a breaker does with calls.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It lets them through.
        case closed
        /// It lets one through, to find out how the provider is.
        case halfOpen
        /// It lets none through: stored data is answered, else an error at once.
        case open
    }

    /// Whose breaker.
    public let provider: ProviderID
    /// What it does now.
    public let state: State
    /// Since when.
    public let since: Timestamp
    /// Failed calls in a row up to now.
    public let failures: Int

    /// Creates a report.
    public init(provider: ProviderID, state: State, since: Timestamp, failures: Int) {
        self.provider = provider
        self.state = state
        self.since = since
        self.failures = failures
    }
}
