import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MarketData
import Testing

@testable import TapedeckServer

/// A worker over a scripted cache, asked through its router without a socket.
struct TestWorker {
    /// 2026-03-10T12:00:00Z, what the worker takes for now.
    static let now = Timestamp(nanoseconds: 1_773_144_000_000_000_000)

    let worker: Worker

    init(
        _ cache: any MarketDataService,
        clock: any Clock<Duration> = ContinuousClock(),
        registry: PrometheusRegistry = PrometheusRegistry(),
        log: LogStore? = nil,
        configure: (inout WorkerConfiguration) -> Void = { _ in },
        readiness: @escaping @Sendable () async throws -> WorkerBackend.Readiness = { .ready },
        database: @escaping @Sendable () async throws -> WorkerBackend.DatabaseFigures = { .init() },
        databaseByteCount: @escaping @Sendable () async throws -> Int = { 0 },
        ledger: WorkerBackend.Ledger = .init(purchases: { _ in [] }, totals: { _ in [] }),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        var configuration = WorkerConfiguration()
        configure(&configuration)
        self.worker = try Worker(
            backend: WorkerBackend(
                cache: cache,
                readiness: readiness,
                database: database,
                databaseByteCount: databaseByteCount,
                pool: { .init() },
                ledger: ledger
            ),
            registry: registry,
            configuration: configuration,
            clock: clock,
            wallClock: { Self.now },
            logger: log?.logger ?? Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            onListening: onListening
        )
    }

    /// One request and its answer.
    func ask(
        _ uri: String,
        method: HTTPRequest.Method = .get,
        headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> Answer {
        try await self.worker.application().test(.router) { client in
            try await client.execute(
                uri: uri,
                method: method,
                headers: headers,
                body: body.map { ByteBuffer(string: $0) }
            ) { response in
                Answer(status: response.status, headers: response.headers, text: String(buffer: response.body))
            }
        }
    }
}

/// What a worker answered.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let text: String

    /// A header by its name, nil when it is missing.
    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { self.headers[$0] }
    }

    /// The body as a JSON object.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(self.text.utf8)) as? [String: Any])
    }

    /// The body's `code` as a problem, its parameter, and whether it has the right type.
    func problem() throws -> (code: String, parameter: String?, value: String?, allowed: [String]) {
        #expect(self.header("Content-Type") == "application/problem+json")
        let json = try self.json()
        #expect(json["status"] as? Int == self.status.code)
        #expect((json["title"] as? String)?.isEmpty == false)
        #expect((json["detail"] as? String)?.isEmpty == false)
        let type = try #require(json["type"] as? String)
        #expect(type.hasPrefix("urn:tapedeck:problem:"))
        return (
            String(type.dropFirst("urn:tapedeck:problem:".count)), json["parameter"] as? String,
            json["value"] as? String, json["allowed"] as? [String] ?? []
        )
    }
}
