import HTTPTypes
import Hummingbird

extension WorkerRoutes {
    /// `GET /metrics`: everything counted, in Prometheus' text format.
    @Sendable func metrics(_ request: Request, _ context: Context) async throws -> Response {
        var text = self.registry.text()
        text += CacheMetrics.text(self.backend.cache.statistics(), pool: self.backend.pool())
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
