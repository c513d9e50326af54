import Hummingbird
import Locking
import Logging
import MarketData
import Providers
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

/// What holds for every route.
@Suite struct WorkerAnswersTests {
    @Test func anUnknownPathListsThePathsThatThereAre() async throws {
        let answer = try await TestWorker(ScriptedCache()).ask("/v1/barz?symbol=ES")

        #expect(answer.status == .notFound)
        let problem = try answer.problem()
        #expect(problem.code == "no-such-route")
        #expect(problem.allowed.contains("/v1/bars"))
        #expect(answer.header("X-Request-Id") != nil)
    }

    @Test(arguments: [
        ("/v1/bars", HTTPRequest.Method.post, "GET, HEAD"), ("/v1/bars/", .delete, "GET, HEAD"),
        ("/admin/cache/cleanup", .get, "POST"), ("/admin/cache/clear", .get, "DELETE"),
    ])
    func aWrongMethodIsToldTheRightOnes(path: String, method: HTTPRequest.Method, allowed: String) async throws {
        let answer = try await TestWorker(ScriptedCache()).ask(path, method: method)

        #expect(answer.status == .methodNotAllowed)
        #expect(answer.header("Allow") == allowed)
        #expect(try answer.problem().code == "method-not-allowed")
    }

    @Test func aSoundRequestIdIsTakenOver() async throws {
        let answer = try await TestWorker(ScriptedCache()).ask("/health", headers: [.requestID: "a-Z_0.9"])

        #expect(answer.header("X-Request-Id") == "a-Z_0.9")
    }

    @Test(arguments: ["", "has space", "new\u{0B}line", String(repeating: "x", count: 65), "é"])
    func anUnsoundRequestIdIsReplaced(id: String) async throws {
        let answer = try await TestWorker(ScriptedCache()).ask("/health", headers: [.requestID: id])

        let made = try #require(answer.header("X-Request-Id"))
        #expect(made != id)
        #expect(RequestIdentifier.isSound(made))
    }

    @Test func pathsAndQueriesThatAreTooLongAreRefused() async throws {
        let worker = try TestWorker(ScriptedCache()) { $0.targetBytesMax = 100 }

        let answer = try await worker.ask("/v1/bars?symbol=" + String(repeating: "A", count: 100))

        #expect(answer.status == .uriTooLong)
        #expect(try answer.problem().code == "uri-too-long")
    }

    @Test func bodiesThatAreTooLongAreRefused() async throws {
        let worker = try TestWorker(ScriptedCache()) { $0.bodyBytesMax = 10 }

        let answer = try await worker.ask("/admin/cache/cleanup", method: .post, body: "12345678901")

        #expect(answer.status == .contentTooLarge)
        #expect(answer.header("Connection") == "close")
    }

    @Test(
        arguments: [
            (
                TapedeckError(.invalidRequest, "last is too big", parameter: "last"), 400, "invalid-parameter", "last",
                nil
            ),
            (TapedeckError(.symbolUnknown, "no provider knows XX"), 404, "symbol-unknown", "symbol", nil),
            (TapedeckError(.unsupported, "not sold"), 400, "unsupported", nil, nil),
            (TapedeckError(.providerRefused, "out of credit"), 502, "provider-refused", nil, nil),
            (TapedeckError(.providerUnavailable, "down"), 502, "provider-unavailable", nil, "1"),
            (
                TapedeckError(.rateLimited, "slow down", retryAfter: .milliseconds(2_100)), 503, "rate-limited", nil,
                "3"
            ),
            (TapedeckError(.databaseUnavailable, "gone"), 503, "database-unavailable", nil, "1"),
            (
                TapedeckError(.budgetExceeded, "too dear", retryAfter: .seconds(3_600)), 402, "budget-exceeded", nil,
                "3600"
            ),
            (TapedeckError(.overloaded, "too many"), 503, "overloaded", nil, "1"),
            (TapedeckError(.shuttingDown, "bye"), 503, "shutting-down", nil, "1"),
            (TapedeckError(.cancelled, "cancelled"), 503, "cancelled", nil, nil),
        ] as [(TapedeckError, Int, String, String?, String?)]
    )
    func errorsOfTheCacheBecomeProblems(
        error: TapedeckError,
        status: Int,
        code: String,
        parameter: String?,
        retryAfter: String?
    ) async throws {
        let cache = ScriptedCache(ScriptedCache.Script(bars: { _ in throw error }))

        let answer = try await TestWorker(cache).ask("/v1/bars?symbol=XX&timeframe=1h&last=1")

        #expect(answer.status.code == status)
        let problem = try answer.problem()
        #expect(problem.code == code)
        #expect(problem.parameter == parameter)
        #expect(answer.header("Retry-After") == retryAfter)
        #expect(try answer.json()["detail"] as? String == error.message)
    }

    @Test func anUnexpectedErrorTellsTheClientNothingButItsIdentifier() async throws {
        struct Leak: Error { let secret = "postgres://user:hunter2@host" }
        let cache = ScriptedCache(ScriptedCache.Script(bars: { _ in throw Leak() }))

        let answer = try await TestWorker(cache)
            .ask("/v1/bars?symbol=XX&timeframe=1h&last=1", headers: [.requestID: "abc"])

        #expect(answer.status == .internalServerError)
        #expect(!answer.text.contains("hunter2"))
        #expect(try answer.json()["request_id"] as? String == "abc")
    }

    @Test func anAnswerThatDoesNotBeginInTimeIsGivenUp() async throws {
        let clock = ManualClock()
        let cache = ScriptedCache(
            ScriptedCache.Script(bars: { _ in
                try await clock.sleep(for: .seconds(3_600))
                throw ScriptedCache.NotScripted()
            })
        )
        let worker = try TestWorker(cache, clock: clock) { $0.requestTimeout = .seconds(5) }

        async let answer = worker.ask("/v1/bars?symbol=XX&timeframe=1h&last=1")
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .seconds(5))

        #expect(try await answer.status == .gatewayTimeout)
        #expect(try await answer.problem().code == "timeout")
        #expect(try await answer.header("Retry-After") == "1")
    }

    @Test func headAnswersLikeGetWithoutABody() async throws {
        let worker = try TestWorker(ScriptedCache())

        let whole = try await worker.ask("/health")
        let answer = try await worker.ask("/health", method: .head)

        #expect(answer.status == .ok)
        #expect(answer.text.isEmpty && !whole.text.isEmpty)
        #expect(answer.header("Content-Length") == String(whole.text.utf8.count))
    }

    @Test func requestsAreCountedByRouteAndStatus() async throws {
        let registry = PrometheusRegistry()
        let worker = try TestWorker(ScriptedCache(), registry: registry)

        for path in ["/health", "/health", "/v1/bars", "/nowhere/1", "/nowhere/2"] {
            _ = try await worker.ask(path)
        }
        let text = try await worker.ask("/metrics").text

        #expect(text.contains("tapedeck_http_requests_total{route=\"/health\",status=\"200\"} 2\n"))
        #expect(text.contains("tapedeck_http_requests_total{route=\"/v1/bars\",status=\"400\"} 1\n"))
        #expect(text.contains("tapedeck_http_requests_total{route=\"other\",status=\"404\"} 2\n"))
        #expect(text.contains("tapedeck_http_request_duration_seconds_count{route=\"/health\"} 2\n"))
    }
}
