import HTTPTypes
import Hummingbird
import MarketData

extension WorkerRoutes {
    /// `GET /metrics`: everything counted, in Prometheus' text format.
    @Sendable func metrics(_ request: Request, _ context: Context) async throws -> Response {
        let statistics = self.backend.cache.statistics()
        let byteCount = await self.databaseSize.byteCount(mayAsk: statistics.databaseState.condition != .down)
        let families =
            CacheMetrics.families(statistics, today: CivilDate(containing: self.wallClock()))
            + DatabaseMetrics.families(statistics, pool: self.backend.pool(), byteCount: byteCount)
            + FleetMetrics.families(statistics.fleet)
            + ProcessMetrics.families()
        let text = self.registry.text() + families.map(\.text).joined()
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
