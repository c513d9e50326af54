import Locking
import Metrics

/// Counts requests and how long they took, by route and status, and answers by how they were come by; who asked; and what
/// was refused or cut off.
///
/// No label comes from a client: routes are those of the table and `other`, statuses those that the worker gives,
/// clients the configured names and two words for all others, reasons words of the program.
final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
        let outcome: String?
    }

    private struct CounterKey: Hashable {
        let name: String
        let value: String
    }

    private struct Handlers {
        let count: Counter
        let duration: Timer
        /// For the routes that answer market data.
        let answers: (count: Counter, duration: Timer)?
    }

    private let factory: any MetricsFactory
    private let handlers = Locked<[Key: Handlers]>([:])
    private let counters = Locked<[CounterKey: Counter]>([:])

    init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Counts one request; `outcome` is how its answer was come by, for a route that answers market data.
    ///
    /// `elapsed` is the time until the answer began, `missing` names why parts of it are missing.
    func record(route: String, status: Int, outcome: String?, missing: Set<String>, elapsed: Duration) {
        let handlers = self.handlers(for: Key(route: route, status: status, outcome: outcome))
        handlers.count.increment()
        handlers.duration.record(duration: elapsed)
        handlers.answers?.count.increment()
        handlers.answers?.duration.record(duration: elapsed)
        for reason in missing {
            self.counter("tapedeck_http_incomplete_answers", label: "reason", reason).increment()
        }
    }

    /// Counts a request of a client that was taken on.
    func recordRequest(of client: String) {
        self.counter("tapedeck_http_client_requests", label: "client", client).increment()
    }

    /// Counts a request that was refused before a route saw it.
    func recordRefusal(_ reason: String) {
        self.counter("tapedeck_http_refusals", label: "reason", reason).increment()
    }

    /// Counts a connection that was cut off.
    func recordCut(_ reason: String) {
        self.counter("tapedeck_http_connections_cut", label: "reason", reason).increment()
    }

    private func counter(_ name: String, label: String, _ value: String) -> Counter {
        let key = CounterKey(name: name, value: value)
        if let known = self.counters.withLock({ $0[key] }) { return known }
        // The factory gives the same counter to two who ask at once.
        let made = Counter(label: name, dimensions: [(label, value)], factory: self.factory)
        self.counters.withLock { $0[key] = made }
        return made
    }

    private func handlers(for key: Key) -> Handlers {
        if let known = self.handlers.withLock({ $0[key] }) { return known }
        let route = ("route", key.route)
        let made = Handlers(
            count: Counter(
                label: "tapedeck_http_requests",
                dimensions: [route, ("status", String(key.status))],
                factory: self.factory
            ),
            duration: self.timer("tapedeck_http_request_duration", route),
            answers: key.outcome.map { outcome in
                (
                    Counter(
                        label: "tapedeck_http_answers",
                        dimensions: [route, ("outcome", outcome)],
                        factory: self.factory
                    ),
                    self.timer("tapedeck_http_answer_duration", ("outcome", outcome))
                )
            }
        )
        return self.handlers.withLock { handlers in
            if let known = handlers[key] { return known }
            handlers[key] = made
            return made
        }
    }
    private func timer(_ name: String, _ dimension: (String, String)) -> Timer {
        Timer(label: name, dimensions: [dimension], preferredDisplayUnit: .seconds, factory: self.factory)
    }
}
