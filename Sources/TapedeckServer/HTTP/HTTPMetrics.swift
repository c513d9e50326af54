import Locking
import Metrics

/// Counts requests and how long they took, by route and status.
final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private struct Handlers {
        let count: Counter
        let duration: Timer
    }

    private let factory: any MetricsFactory
    /// Bounded: routes are those of the table and `other`, statuses those that the worker gives.
    private let handlers = Locked<[Key: Handlers]>([:])

    init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Counts one request.
    func record(route: String, status: Int, elapsed: Duration) {
        let handlers = self.handlers(for: Key(route: route, status: status))
        handlers.count.increment()
        handlers.duration.record(duration: elapsed)
    }

    private func handlers(for key: Key) -> Handlers {
        if let known = self.handlers.withLock({ $0[key] }) { return known }
        let dimensions = [("route", key.route), ("status", String(key.status))]
        let made = Handlers(
            count: Counter(label: "tapedeck_http_requests", dimensions: dimensions, factory: self.factory),
            duration: Timer(
                label: "tapedeck_http_request_duration",
                dimensions: [("route", key.route)],
                preferredDisplayUnit: .seconds,
                factory: self.factory
            )
        )
        return self.handlers.withLock { handlers in
            if let known = handlers[key] { return known }
            handlers[key] = made
            return made
        }
    }
}
