import HTTPTypes
import Hummingbird

/// The worker's paths with their methods, to tell an unknown path from a wrong method and to name routes in metrics.
struct RouteTable: Sendable {
    private(set) var methods: [String: [HTTPRequest.Method]] = [:]
    /// The routes that answer market data, whose answers are counted by how they were come by.
    private(set) var dataRoutes: Set<String> = []

    /// Adds a route.
    mutating func add(_ method: HTTPRequest.Method, _ path: String, answersData: Bool) {
        self.methods[path, default: []].append(method)
        if answersData { self.dataRoutes.insert(path) }
    }

    /// The route that a path belongs to, or nil.
    ///
    /// Like the router it does not mind slashes too many.
    func route(for path: String) -> String? {
        if self.methods[path] != nil { return path }
        let normal = "/" + path.split(separator: "/").joined(separator: "/")
        return self.methods[normal] == nil ? nil : normal
    }

    /// Why nothing answers a request.
    func problem(for request: Request) -> Problem {
        if let route = self.route(for: request.uri.path), let allowed = self.methods[route] {
            return .methodNotAllowed(request.method, allowed: allowed)
        }
        return .notFound(path: request.uri.path, paths: self.methods.keys.sorted())
    }
}
