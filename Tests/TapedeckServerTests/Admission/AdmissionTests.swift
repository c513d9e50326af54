import HTTPTypes
import Hummingbird
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

/// The worker's limits, seen from outside.
@Suite struct AdmissionTests {
    private let bars = "/v1/bars?symbol=ES&timeframe=1h&last=1"

    private var cache: ScriptedCache {
        ScriptedCache(ScriptedCache.Script(bars: { _ in try SampleAnswers.barsAnswer() }))
    }

    private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    @Test func aClientThatAsksTooOftenIsToldToWait() async throws {
        let worker = try TestWorker(self.cache, clock: ManualClock()) {
            $0.tokens = AccessTokens(admin: "operator", bots: [("alpha", "a"), ("beta", "b")])
            $0.admission.clientRateMax = 1
            $0.admission.clientBurstMax = 2
        }
        var answers: [Answer] = []

        for token in ["a", "a", "a", "b", "operator"] {
            answers.append(try await worker.ask(self.bars, headers: self.bearer(token)))
        }

        #expect(answers.map(\.status.code) == [200, 200, 429, 200, 200])
        #expect(answers[2].header("Retry-After") == "1")
        #expect(try answers[2].problem().code == "too-many-requests")
    }

    @Test func wrongTokensFromOneAddressAreLimitedTogether() async throws {
        let worker = try TestWorker(self.cache, clock: ManualClock()) {
            $0.tokens = AccessTokens(admin: "operator", bots: [("alpha", "a")])
            $0.admission.clientBurstMax = 2
        }
        var statuses: [Int] = []

        for token in ["x", "y", "z", "a"] {
            statuses.append(try await worker.ask(self.bars, headers: self.bearer(token)).status.code)
        }

        #expect(statuses == [401, 401, 429, 200])
    }

    @Test func supervisorsAreAlwaysAnswered() async throws {
        let worker = try TestWorker(self.cache, clock: ManualClock()) { $0.admission.clientBurstMax = 1 }

        for path in ["/health", "/ready", "/openapi.yaml", "/health"] {
            #expect(try await worker.ask(path).status == .ok)
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .head])
    func everyAnswerGivesItsPlaceBack(method: HTTPRequest.Method) async throws {
        let worker = try TestWorker(self.cache) { $0.admission.requestsMax = 1 }

        for uri in [self.bars, "/v1/bars?symbol=", self.bars] {
            #expect(try await worker.ask(uri, method: method).status != .serviceUnavailable)
        }
    }

    @Test func aBusyWorkerAndABusyClientRefuseFurtherRequests() async throws {
        let gate = ManualClock()
        let cache = ScriptedCache(
            ScriptedCache.Script(bars: { _ in
                try await gate.sleep(for: .seconds(1))
                return try SampleAnswers.barsAnswer()
            })
        )
        let registry = PrometheusRegistry()
        let worker = try TestWorker(cache, registry: registry) {
            $0.admission.requestsMax = 2
            $0.admission.clientRequestsMax = 1
        }

        async let first = worker.ask(self.bars, headers: [.client: "a"])
        await gate.sleepers(atLeast: 1)
        let sameClient = try await worker.ask(self.bars, headers: [.client: "a"])
        async let second = worker.ask(self.bars, headers: [.client: "b"])
        await gate.sleepers(atLeast: 2)
        let third = try await worker.ask(self.bars, headers: [.client: "c"])
        gate.advance(by: .seconds(1))

        #expect(sameClient.status == .tooManyRequests && sameClient.header("Retry-After") == "1")
        #expect(try sameClient.problem().code == "client-busy")
        #expect(third.status == .serviceUnavailable && third.header("Retry-After") == "1")
        #expect(try third.problem().code == "worker-busy")
        #expect(try await first.status == .ok)
        #expect(try await second.status == .ok)
        let text = registry.text()
        #expect(text.contains("tapedeck_http_refusals_total{reason=\"client-busy\"} 1\n"))
        #expect(text.contains("tapedeck_http_refusals_total{reason=\"worker-busy\"} 1\n"))
        #expect(text.contains("tapedeck_http_client_requests_total{client=\"(named by itself)\"} 2\n"))
    }

    @Test func metricsNameBotsByTheirTokensAndNobodyElse() async throws {
        let registry = PrometheusRegistry()
        let worker = try TestWorker(self.cache, registry: registry) {
            $0.tokens = AccessTokens(admin: "operator", bots: [("alpha", "a")])
        }

        for token in ["a", "a", "operator", "wrong"] {
            var headers = self.bearer(token)
            headers[.client] = "mallory"
            _ = try await worker.ask(self.bars, headers: headers)
        }

        let text = registry.text()
        #expect(text.contains("tapedeck_http_client_requests_total{client=\"alpha\"} 2\n"))
        #expect(text.contains("tapedeck_http_client_requests_total{client=\"admin\"} 1\n"))
        #expect(text.contains("tapedeck_http_refusals_total{reason=\"unauthorized\"} 1\n"))
        #expect(!text.contains("mallory"))
    }
}
