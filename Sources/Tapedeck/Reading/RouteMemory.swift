internal import MarketData

/// Remembers which provider knew a symbol that the preferred ones before it did not know.
///
/// Without it each read of such a symbol would ask the preferred ones again.
struct RouteMemory {
    private struct Route {
        let provider: ProviderID
        let deadlineTick: Int64
    }

    private let routesMax: Int
    private var routes: [String: Route] = [:]
    private var order = LinkedQueue<String>()

    init(routesMax: Int) {
        self.routesMax = max(1, routesMax)
    }

    /// The providers to ask for the symbol, in this order.
    func providers(for symbol: String, preferred: [ProviderID], tick: Int64) -> [ProviderID] {
        guard let route = self.routes[symbol], tick < route.deadlineTick,
            let index = preferred.firstIndex(of: route.provider)
        else { return preferred }
        return Array(preferred[index...])
    }

    /// Notes that the providers before this one do not know the symbol, to be asked again at the deadline.
    mutating func note(_ symbol: String, _ provider: ProviderID, deadlineTick: Int64) {
        self.routes[symbol] = Route(provider: provider, deadlineTick: deadlineTick)
        self.order.remove(symbol)
        self.order.append(symbol)
        if self.order.count > self.routesMax, let oldest = self.order.popOldest() { self.routes[oldest] = nil }
    }
}
