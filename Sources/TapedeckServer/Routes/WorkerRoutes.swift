import HTTPTypes
import Hummingbird
import Logging
import MarketData

/// What the routes share.
struct WorkerRoutes: Sendable {
    typealias Context = WorkerRequestContext
    typealias Handler = @Sendable (Request, Context) async throws -> Response

    let backend: WorkerBackend
    let configuration: WorkerConfiguration
    let registry: PrometheusRegistry
    let metrics: HTTPMetrics
    let databaseSize: DatabaseSizeProbe
    let admission: AdmissionControl
    let clock: any Clock<Duration>
    let wallClock: @Sendable () -> Timestamp

    /// The router with every route behind the middleware that it needs.
    func router() -> Router<Context> {
        let open: [(HTTPRequest.Method, RouterPath, Handler)] = [
            (.get, "/health", self.health),
            (.get, "/ready", self.ready),
            (.get, "/openapi.yaml", self.openAPI),
        ]
        let data: [(HTTPRequest.Method, RouterPath, Handler)] = [
            (.get, "/v1/bars", self.bars),
            (.get, "/v1/quote", self.quote),
            (.get, "/v1/price", self.price),
            (.get, "/v1/spread", self.spread),
            (.get, "/v1/quotes", self.quotes),
        ]
        let catalog: [(HTTPRequest.Method, RouterPath, Handler)] = [
            (.get, "/v1/coverage", self.coverage),
            (.get, "/v1/symbols", self.symbols),
            (.get, "/metrics", self.metrics),
        ]
        let admin: [(HTTPRequest.Method, RouterPath, Handler)] = [
            (.get, "/admin/cache/stats", self.stats),
            (.post, "/admin/cache/warm", self.warm),
            (.post, "/admin/cache/refresh", self.refresh),
            (.post, "/admin/cache/cleanup", self.cleanup),
            (.delete, "/admin/cache/clear", self.clear),
            (.get, "/admin/ledger", self.ledger),
        ]
        var table = RouteTable()
        for (routes, answersData) in [(data, true), (open + catalog + admin, false)] {
            for (method, path, _) in routes {
                table.add(method, path.description, answersData: answersData)
                if method == .get { table.add(.head, path.description, answersData: answersData) }
            }
        }
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: AnswerMiddleware(
                configuration: self.configuration,
                routes: table,
                metrics: self.metrics,
                clock: self.clock
            )
        )
        let tokens = self.configuration.tokens
        self.add(open, to: router.group())
        let counted = router.group()
            .add(middleware: IdentityMiddleware(tokens: tokens))
            .add(middleware: AdmissionMiddleware(control: self.admission))
        self.add(
            data + catalog,
            to: counted.group().add(middleware: BotAccessMiddleware(tokens: tokens, metrics: self.metrics))
        )
        self.add(
            admin,
            to: counted.group().add(middleware: AdminAccessMiddleware(tokens: tokens, metrics: self.metrics))
        )
        return router
    }

    /// Answers that need no waiting, by their path; nil is left to the path's handler.
    private var atOnce: [String: @Sendable (Request, Context) throws -> Response?] { ["/v1/bars": self.heldBars] }

    /// Registers handlers, each of which has to begin its answer within the request's time.
    private func add(_ routes: [(HTTPRequest.Method, RouterPath, Handler)], to group: RouterGroup<Context>) {
        for (method, path, handler) in routes {
            let atOnce = self.atOnce[path.description]
            group.on(path, method: method) { request, context in
                // A deadline needs two tasks and a timer: a quarter of the work of an answer from memory.
                if let response = try atOnce?(request, context) { return response }
                return try await withDeadline(self.configuration.requestTimeout, clock: self.clock) {
                    try await handler(request, context)
                }
            }
        }
    }

    /// An answer of JSON that is written at once.
    func json(_ headers: HTTPFields = [:], status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void)
        -> Response
    {
        var json = JSONWriter()
        body(&json)
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: json.buffer))
    }
}
