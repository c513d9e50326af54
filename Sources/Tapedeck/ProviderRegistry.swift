internal import Locking
public import MarketData
public import Providers

/// Makes and keeps one provider for each name and dataset, and knows the order of preference.
public final class ProviderRegistry: Sendable {
    /// Makes the provider of one name, for any of its datasets.
    ///
    /// Throws what is wrong with the dataset.
    public typealias Factory = @Sendable (ProviderID) throws -> any MarketDataProvider

    /// The providers that are asked when a request names none, in this order.
    public let preferred: [ProviderID]

    private let factories: [String: Factory]
    private let providersMax: Int
    private let providers = Locked<[ProviderID: any MarketDataProvider]>([:])

    /// Creates a registry.
    ///
    /// `factories` are keyed by the provider's name (`databento`, `simulated`). At most `providersMax` providers are kept;
    /// a request that would need one more is refused.
    public init(preferred: [ProviderID], factories: [String: Factory], providersMax: Int = 64) {
        self.preferred = preferred
        self.factories = factories
        self.providersMax = providersMax
    }

    /// The provider, made when first asked for.
    ///
    /// Throws `invalidRequest` for a name without a factory, a dataset that the factory refuses, or one provider too many.
    public func provider(_ id: ProviderID) throws(TapedeckError) -> any MarketDataProvider {
        if let known = self.providers.withLock({ $0[id] }) { return known }
        guard let factory = self.factories[id.name] else {
            let names = self.factories.keys.sorted().joined(separator: ", ")
            throw TapedeckError(
                .invalidRequest,
                "provider '\(id)' is not configured: use one of \(names)",
                parameter: "provider"
            )
        }
        let made: any MarketDataProvider
        do {
            made = try factory(id)
        } catch {
            throw TapedeckError(
                .invalidRequest,
                "provider '\(id)' cannot be used: \(error)",
                parameter: "provider",
                underlying: error
            )
        }
        // Another caller may have made it meanwhile; the first one kept wins, so that all callers share one.
        let kept = self.providers.withLock { providers -> (any MarketDataProvider)? in
            if let known = providers[id] { return known }
            guard providers.count < self.providersMax else { return nil }
            providers[id] = made
            return made
        }
        guard let kept else {
            throw TapedeckError(
                .invalidRequest,
                "provider '\(id)' would be one more than the \(self.providersMax) that may be in use",
                parameter: "provider"
            )
        }
        return kept
    }

    /// The providers made so far.
    var made: [any MarketDataProvider] {
        self.providers.withLock { Array($0.values) }
    }
}
