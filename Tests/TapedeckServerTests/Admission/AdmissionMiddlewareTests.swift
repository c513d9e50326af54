import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import TapedeckServer

@Suite struct AdmissionMiddlewareTests {
    private let middleware: AdmissionMiddleware
    private let context = WorkerRequestContext(
        source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
    )

    init() {
        var limits = AdmissionLimits()
        limits.requestsMax = 1
        self.middleware = AdmissionMiddleware(
            control: AdmissionControl(
                limits,
                elapsed: { .zero },
                metrics: HTTPMetrics(factory: PrometheusRegistry())
            )
        )
    }

    /// A request that is answered with a body of so many bytes.
    private func answer(byteCount: Int) async throws -> Response {
        let request = Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/v1/bars"),
            body: RequestBody(buffer: ByteBuffer())
        )
        return try await self.middleware.handle(request, context: self.context) { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0, count: byteCount)))
        }
    }

    @Test func aShortAnswerTakesNoPlaceWhileItIsSent() async throws {
        let first = try await self.answer(byteCount: 65_536)

        _ = try await self.answer(byteCount: 1)

        #expect(first.body.contentLength == 65_536)
    }

    @Test func aLongAnswerKeepsItsPlaceUntilItIsSentOrDropped() async throws {
        var first: Response? = try await self.answer(byteCount: 65_537)
        await #expect(throws: Problem.self) { try await self.answer(byteCount: 1) }

        _ = first.take()

        _ = try await self.answer(byteCount: 1)
    }
}
