import HTTPTypes
import Hummingbird
import Locking
import Logging
import MarketData
import MarketStore
import NIOCore
import NIOEmbedded
import SQLDatabase
import Tapedeck

@testable import TapedeckServer

/// A worker's router over a cache, a database in memory and a market of few records, at a time that stands still.
final class FuzzWorld: Sendable {
    /// What a request was answered.
    struct Answer: Sendable {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var text: String
        var error: String?
        /// Whether the answer was longer than anybody wanted to read.
        var isCut: Bool
    }

    private let database: Database
    private let running: Task<Void, Never>
    private let responder: RouterResponder<WorkerRequestContext>
    private let logger = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })

    static func make() async -> FuzzWorld {
        do {
            return try await FuzzWorld()
        } catch {
            preconditionFailure("A database in memory opens: \(error)")
        }
    }

    private init() async throws {
        let now: @Sendable () -> Timestamp = { SparseMarket.now }
        self.database = try await Database.connect("sqlite::memory:", logger: self.logger)
        let store = MarketStore(database: self.database, clock: now, logger: self.logger)
        _ = try await store.migrate()
        var configuration = MarketDataCache.Configuration()
        configuration.fetchBackoff = .zero ... .zero
        configuration.refusalBackoff = .zero
        let cache = MarketDataCache(
            store: store,
            providers: ProviderRegistry(
                preferred: [.simulated],
                factories: ["simulated": { SparseMarket(id: $0) }]
            ),
            configuration: configuration,
            clock: ContinuousClock(),
            wallClock: now,
            logger: self.logger
        )
        // It ends with `close()`; the fuzzer has no structure above its inputs that could hold it.
        self.running = Task { try? await cache.run() }
        var worker = WorkerConfiguration()
        worker.tokens = AccessTokens(admin: "operator", bots: [])
        let clock = ContinuousClock()
        let registry = PrometheusRegistry()
        let metrics = HTTPMetrics(factory: registry)
        self.responder = WorkerRoutes(
            backend: WorkerBackend(
                cache: cache,
                readiness: { .ready },
                database: { .init() },
                databaseByteCount: { try await store.databaseByteCount() },
                pool: { .init() },
                ledger: WorkerBackend.Ledger(
                    purchases: { try await store.ledger($0) },
                    totals: { try await store.ledgerTotals($0) }
                )
            ),
            configuration: worker,
            registry: registry,
            metrics: metrics,
            databaseSize: DatabaseSizeProbe(timeout: .seconds(2), clock: clock) { try await store.databaseByteCount() },
            admission: AdmissionControl(worker.admission, elapsed: stopwatch(clock), metrics: metrics),
            clock: clock,
            wallClock: now
        ).router().buildResponder()
    }

    /// Ends the cache and the database.
    func close() async {
        self.running.cancel()
        await self.running.value
        await self.database.close()
    }

    /// One request, with the operator's token.
    func ask(_ method: HTTPRequest.Method, _ target: String) async -> Answer {
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "localhost",
            path: target,
            headerFields: [.authorization: "Bearer operator"]
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let context = WorkerRequestContext(source: .init(channel: NIOAsyncTestingChannel(), logger: self.logger))
        let sink = AnswerSink()
        do {
            let response = try await self.responder.respond(to: request, context: context)
            do {
                try await response.body.write(sink)
                return sink.answer(response, error: nil)
            } catch {
                return sink.answer(response, error: "\(error)")
            }
        } catch {
            return Answer(status: .internalServerError, headers: [:], text: "", error: "\(error)", isCut: false)
        }
    }
}
