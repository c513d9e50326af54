import HTTPTypes
import HummingbirdTesting
import Locking
import MarketData
import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceLifecycleTestKit
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

/// What only shows on a real connection.
@Suite struct SocketTests {
    /// A worker that listens on a free port while `body` runs, and is told to stop behind it.
    private func listening(
        _ cache: ScriptedCache,
        configure: (inout WorkerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (Int, GracefulShutdownTestTrigger) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let worker = try TestWorker(
            cache,
            configure: {
                $0.port = 0
                configure(&$0)
            },
            onListening: { found.yield($0) }
        ).worker
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run(gracefulShutdownSignals: []) }
                group.addTask {
                    let port = try #require(await ports.first { _ in true })
                    try await body(port, trigger)
                    trigger.triggerGracefulShutdown()
                }
                try await group.waitForAll()
            }
        }
    }

    private func get(_ port: Int, _ uri: String, headers: HTTPFields = [:]) async throws -> TestClient.Response {
        try await TestClient.withClient(host: "127.0.0.1", port: port) { try await $0.get(uri, headers: headers) }
    }

    @Test func severalRequestsShareAConnection() async throws {
        try await self.listening(ScriptedCache()) { port, _ in
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                for _ in 0..<3 {
                    let response = try await client.get("/health")
                    #expect(response.status == .ok)
                    #expect(
                        response.body.map { String(buffer: $0) } == #"{"status":"ok","version":"\#(Version.current)"}"#
                    )
                }
            }
        }
    }

    @Test func aShutdownFinishesTheRequestsUnderWay() async throws {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let cache = ScriptedCache(
            ScriptedCache.Script(bars: { _ in
                enter.yield()
                _ = await released.first { _ in true }
                return try SampleAnswers.barsAnswer()
            })
        )

        try await self.listening(cache) { port, trigger in
            async let response = self.get(port, "/v1/bars?symbol=ES.c.0&timeframe=1h&last=1")
            _ = await entered.first { _ in true }
            trigger.triggerGracefulShutdown()
            // Once the worker has stopped accepting, a connection is refused.
            while (try? await self.get(port, "/health")) != nil { await Task.yield() }
            release.yield()

            let status = try await response.status
            #expect(status == .ok)
        }
    }

    @Test func aStreamThatFailsHalfWayBreaksTheConnectionOff() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(
                head: { request in
                    BarsStreamHead(
                        series: try SampleAnswers.series(.oneMinute),
                        range: try SampleAnswers.range(hours: 1),
                        isComplete: true,
                        missing: [],
                        isStale: false,
                        tier: .database,
                        outcome: .database,
                        age: .zero
                    )
                },
                page: { number in
                    guard number < 3 else { throw TapedeckError(.databaseUnavailable, "gone") }
                    return SampleAnswers.bars(count: 100)
                }
            )
        )

        try await self.listening(cache) { port, _ in
            await #expect(throws: (any Error).self) {
                try await self.get(port, "/v1/bars?symbol=ES.c.0&timeframe=1m&start=2024-01-01&end=2026-01-01")
            }
        }
    }

    @Test func aBodyThatIsTooLongIsNotReceived() async throws {
        try await self.listening(ScriptedCache()) { port, _ in
            let answer = try await Self.exchange(
                port,
                "POST /admin/cache/cleanup HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc"
            )

            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("body-too-large"))
        }
    }

    @Test func headersThatAreTooLongAreRefusedAndTheConnectionClosed() async throws {
        try await self.listening(ScriptedCache()) { port, _ in
            let filler = String(repeating: "a", count: 40_000)

            let answer = try await Self.exchange(port, "GET /health HTTP/1.1\r\nHost: x\r\nX-Filler: \(filler)\r\n\r\n")

            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func whatIsNoHTTPIsRefusedAndTheConnectionClosed() async throws {
        try await self.listening(ScriptedCache()) { port, _ in
            let answer = try await Self.exchange(port, "EHLO tapedeck\r\n\r\n")

            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    /// Sends bytes and returns all that comes back until the worker closes the connection.
    private static func exchange(_ port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            do {
                for try await buffer in inbound { answer += String(buffer: buffer) }
            } catch {
                // A reset behind the answer is a way to close as well.
            }
            return answer
        }
    }
}
