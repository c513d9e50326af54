import HTTPTypes
import Hummingbird
import Locking
import MarketData
import Metrics
import NIOCore
import NIOEmbedded
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct BarsStreamTests {
    private static let uri = "/v1/bars?symbol=ES.c.0&timeframe=1m&start=2024-01-01&end=2026-01-01"

    private func cache(
        pages: Int,
        barsPerPage: Int,
        failingAt failure: Int? = nil
    ) -> ScriptedCache {
        let page = SampleAnswers.bars(count: barsPerPage, timeframe: .oneMinute)
        return ScriptedCache(
            ScriptedCache.Script(
                head: { request in
                    guard case .range(let range) = request.span else { throw ScriptedCache.NotScripted() }
                    return BarsStreamHead(
                        series: try SampleAnswers.series(.oneMinute),
                        range: range,
                        isComplete: true,
                        missing: [],
                        isStale: false,
                        tier: .database,
                        outcome: .database,
                        age: .seconds(3)
                    )
                },
                page: { number in
                    if number == failure { throw TapedeckError(.databaseUnavailable, "gone") }
                    return number < pages ? page : nil
                }
            )
        )
    }

    @Test func aLongRangeIsStreamedInTheDocumentedShape() async throws {
        let cache = self.cache(pages: 2, barsPerPage: 1)

        let answer = try await TestWorker(cache).ask(Self.uri)

        let bar = """
            {"t":"2026-01-05T15:00:00Z","o":5931.25,"h":5940,"l":-0.5,"c":5935.75,"v":1234,"final":false,"rev":1}
            """
        #expect(
            answer.text == """
                {"symbol":"ES.c.0","timeframe":"1m","provider":"databento/GLBX.MDP3",\
                "start":"2024-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z","complete":true,"missing":[],\
                "stale":false,"bars":[\(bar),\(bar)]}
                """
        )
        #expect(answer.header("X-Tapedeck-Tier") == "database")
        #expect(answer.header("Age") == "3")
        #expect(answer.header("X-Tapedeck-Complete") == "true")
        #expect(cache.asked.bars.isEmpty)
    }

    @Test func aLongRangeIsStreamedAsCSV() async throws {
        let answer = try await TestWorker(self.cache(pages: 1, barsPerPage: 1)).ask(Self.uri + "&format=csv")

        #expect(
            answer.text
                == "t,o,h,l,c,v,final,rev\n2026-01-05T15:00:00Z,5931.25,5940,-0.5,5935.75,1234,false,1\n"
        )
    }

    @Test func whatIsToBeBoughtAnewIsBoughtOnce() async throws {
        let cache = self.cache(pages: 1, barsPerPage: 1)

        _ = try await TestWorker(cache).ask(Self.uri + "&refresh=true")

        #expect(cache.asked.streams.map(\.refresh) == [true, false])
    }

    @Test func anErrorBeforeTheFirstBarIsAProblem() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(head: { _ in throw TapedeckError(.symbolUnknown, "nobody knows it") })
        )

        let answer = try await TestWorker(cache).ask(Self.uri)

        #expect(answer.status == .notFound)
        #expect(try answer.problem().code == "symbol-unknown")
    }

    @Test func anErrorBehindTheFirstBarIsNotHiddenInACompleteBody() async throws {
        let written = Locked("")
        let stream = BarsStream(
            cache: self.cache(pages: 5, barsPerPage: 10, failingAt: 2),
            request: try self.request(),
            format: .json,
            metrics: HTTPMetrics(factory: NOOPMetricsHandler.instance)
        )
        let response = try await stream.response(self.context())

        await #expect(throws: TapedeckError.self) {
            try await response.body.write(Collector(written: written, afterEachWrite: { _ in }))
        }

        #expect(written.withLock { $0 }.contains("\"rev\":10"))
        #expect(!written.withLock { $0 }.hasSuffix("]}"))
    }

    @Test func aMillionBarsAreNeverHeldAtOnce() async throws {
        let cache = self.cache(pages: 200, barsPerPage: 5_000)
        let stream = BarsStream(
            cache: cache,
            request: try self.request(),
            format: .json,
            metrics: HTTPMetrics(factory: NOOPMetricsHandler.instance)
        )
        let response = try await stream.response(self.context())
        let pagesAhead = Locked(0)
        let bytes = Locked((total: 0, largest: 0, writes: 0))

        try await response.body.write(
            Collector(written: nil) { buffer in
                // Each page is written, and so taken by the client, before the next is produced.
                let ahead = bytes.withLock { bytes in
                    bytes.total += buffer.readableBytes
                    bytes.largest = max(bytes.largest, buffer.readableBytes)
                    bytes.writes += 1
                    return cache.asked.pagesProduced - bytes.writes
                }
                pagesAhead.withLock { $0 = max($0, ahead) }
            }
        )

        let (total, largest, _) = bytes.withLock { $0 }
        #expect(cache.asked.pagesProduced == 200)
        #expect(total > 90_000_000)
        #expect(largest < 1_000_000)
        #expect(pagesAhead.withLock { $0 } == 0)
    }

    @Test func aShortRangeIsAnsweredFromMemoryInPlaceOfStreamed() async throws {
        let cache = ScriptedCache(ScriptedCache.Script(bars: { _ in try SampleAnswers.barsAnswer() }))
        let worker = try TestWorker(cache) { $0.heldPeriodsMax = 24 }

        _ = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-01-01&end=2026-01-02")
        _ = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-01-01&end=2026-01-02T01:00:00Z")

        #expect(cache.asked.bars.count == 1)
        #expect(cache.asked.streams.count == 1)
    }

    private func request() throws -> BarsRequest {
        BarsRequest(
            symbol: "ES.c.0",
            timeframe: .oneMinute,
            span: .range(try SampleAnswers.range(hours: 10)),
            client: "test",
            requestID: "1"
        )
    }

    private func context() -> WorkerRequestContext {
        WorkerRequestContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: .silent)
        )
    }

    /// A client that takes what is written and looks at it.
    private struct Collector: ResponseBodyWriter {
        let written: Locked<String>?
        let afterEachWrite: @Sendable (ByteBuffer) -> Void

        mutating func write(_ buffer: ByteBuffer) async throws {
            self.written?.withLock { $0 += String(buffer: buffer) }
            self.afterEachWrite(buffer)
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
