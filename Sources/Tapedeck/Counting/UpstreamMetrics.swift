internal import Locking
internal import MarketData
internal import Metrics
internal import Providers

/// Measures how long providers take to answer, and counts their errors.
///
/// No label comes from a client: the registry bounds the providers, calls and codes are words of the program.
final class UpstreamMetrics: Sendable {
    /// What a provider is asked.
    enum Call: String, Sendable {
        case availability, bars, quotes, latest, estimate, price
        case changedDays = "changed-days"
    }

    private struct Key: Hashable {
        let provider: ProviderID
        let call: Call
    }

    private let factory: any MetricsFactory
    private let durations = Locked<[Key: Timer]>([:])

    init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Notes a call that has ended: with `error`, or well.
    func record(_ call: Call, of provider: ProviderID, took duration: Duration, error: ProviderError?) {
        self.duration(Key(provider: provider, call: call)).record(duration: max(.zero, duration))
        guard let error else { return }
        Counter(
            label: "tapedeck_upstream_errors",
            dimensions: [("provider", provider.description), ("code", error.code.description)],
            factory: self.factory
        ).increment()
    }

    private func duration(_ key: Key) -> Timer {
        if let known = self.durations.withLock({ $0[key] }) { return known }
        // The factory gives the same timer to two who ask at once.
        let made = Timer(
            label: "tapedeck_upstream_duration",
            dimensions: [("provider", key.provider.description), ("call", key.call.rawValue)],
            factory: self.factory
        )
        self.durations.withLock { $0[key] = made }
        return made
    }
}
