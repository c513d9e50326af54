import Hummingbird
import MarketData

extension WorkerRoutes {
    /// `GET /v1/coverage`: what is stored of a symbol's bars.
    @Sendable func coverage(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["symbol", "timeframe", "provider", "stype_in"]
        )
        guard let timeframe = try query.timeframe("timeframe") else {
            throw Problem.missingParameter("timeframe", detail: "timeframe is required, for example timeframe=1h")
        }
        let answer = try await self.backend.cache.coverage(
            symbol: try RequestReading.symbol(query),
            timeframe: timeframe,
            provider: try query.provider("provider")
        )
        return self.json { $0.write(answer) }
    }

    /// `GET /v1/symbols`: what is stored, by symbol.
    @Sendable func symbols(_ request: Request, _ context: Context) async throws -> Response {
        _ = try QueryParameters(request.uri.query, allowed: [])
        let symbols = try await self.backend.cache.symbols()
        return self.json { $0.write(symbols) }
    }
}
