import Hummingbird
import Locking
import Logging
import MarketData
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

/// What is counted and logged of answers.
@Suite struct AnswerMetricsTests {
    private static let bars = "/v1/bars?symbol=ES.c.0&timeframe=1h&last=2"

    private func lines(_ registry: PrometheusRegistry, _ prefix: String) -> [String] {
        registry.text().split(separator: "\n").filter { $0.hasPrefix(prefix) }.map(String.init)
    }

    @Test(arguments: AnswerOutcome.allCases)
    func anAnswerCountsWithItsRouteAndOutcome(_ outcome: AnswerOutcome) async throws {
        let registry = PrometheusRegistry()
        let answer = try SampleAnswers.barsAnswer(outcome: outcome)
        let worker = try TestWorker(ScriptedCache(.init(bars: { _ in answer })), registry: registry)

        for _ in 0..<3 { _ = try await worker.ask(Self.bars) }

        #expect(
            self.lines(registry, "tapedeck_http_answers_total") == [
                "tapedeck_http_answers_total{outcome=\"\(outcome.rawValue)\",route=\"/v1/bars\"} 3"
            ]
        )
        #expect(
            self.lines(registry, "tapedeck_http_answer_duration_seconds_count") == [
                "tapedeck_http_answer_duration_seconds_count{outcome=\"\(outcome.rawValue)\"} 3"
            ]
        )
    }

    @Test func errorsOfDataRoutesAreRefusedAndOtherRoutesHaveNoOutcome() async throws {
        let registry = PrometheusRegistry()
        let worker = try TestWorker(
            ScriptedCache(.init(bars: { _ in throw TapedeckError(.overloaded, "too much") })),
            registry: registry
        )

        _ = try await worker.ask(Self.bars)
        _ = try await worker.ask("/v1/quotes?symbol=ES.c.0")
        _ = try await worker.ask("/v1/price", method: .post)
        _ = try await worker.ask("/health")
        _ = try await worker.ask("/nowhere")

        #expect(
            self.lines(registry, "tapedeck_http_answers_total") == [
                "tapedeck_http_answers_total{outcome=\"refused\",route=\"/v1/bars\"} 1",
                "tapedeck_http_answers_total{outcome=\"refused\",route=\"/v1/price\"} 1",
                "tapedeck_http_answers_total{outcome=\"refused\",route=\"/v1/quotes\"} 1",
            ]
        )
    }

    @Test func incompleteAnswersCountOnceForEachReason() async throws {
        let registry = PrometheusRegistry()
        let range = try SampleAnswers.range(hours: 1)
        let missing = [
            MissingRange(range: range, reason: .pending, detail: "a"),
            MissingRange(range: range, reason: .pending, detail: "b"),
            MissingRange(range: range, reason: .providerFailed(.timedOut), detail: "c"),
        ]
        let answer = try SampleAnswers.barsAnswer(missing: missing, outcome: .partial)
        let worker = try TestWorker(ScriptedCache(.init(bars: { _ in answer })), registry: registry)

        _ = try await worker.ask(Self.bars)

        #expect(
            self.lines(registry, "tapedeck_http_incomplete_answers_total") == [
                "tapedeck_http_incomplete_answers_total{reason=\"pending\"} 1",
                "tapedeck_http_incomplete_answers_total{reason=\"providerFailed\"} 1",
            ]
        )
    }

    // MARK: The log

    @Test func eachRequestHasOneLineAtDebug() async throws {
        let log = LogStore()
        let answer = try SampleAnswers.barsAnswer(tier: .provider, outcome: .coalesced)
        let worker = try TestWorker(ScriptedCache(.init(bars: { _ in answer })), log: log)

        let answered = try await worker.ask(
            Self.bars,
            headers: [.requestID: "trace-1", .client: "bot-7"]
        )

        let line = try #require(log.lines("request").first)
        #expect(log.lines("request").count == 1)
        #expect(line["request_id"] == "trace-1" && line["client"] == "bot-7")
        #expect(line["method"] == "GET" && line["route"] == "/v1/bars" && line["status"] == "200")
        #expect(line["tier"] == "provider" && line["outcome"] == "coalesced")
        #expect(line["bytes"] == "\(answered.text.utf8.count)")
        #expect(line["duration_ms"].flatMap(Double.init).map { $0 >= 0 } == true)
    }

    @Test func aStreamsLineComesAtItsEndWithItsBytes() async throws {
        let log = LogStore()
        var script = ScriptedCache.Script()
        script.head = { _ in
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
        }
        script.page = { $0 < 3 ? SampleAnswers.bars(count: 5) : nil }
        let worker = try TestWorker(ScriptedCache(script), log: log)

        let answered = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1m&start=2020-01-01&end=2021-01-01")

        let line = try #require(log.lines("request").first)
        #expect(log.lines("request").count == 1)
        #expect(line["bytes"] == "\(answered.text.utf8.count)" && line["outcome"] == "database")
    }

    @Test func anUnsoundIdentifierIsReplaced() async throws {
        let log = LogStore()
        let worker = try TestWorker(ScriptedCache(), log: log)

        let answer = try await worker.ask("/health", headers: [.requestID: "not sound"])

        let identifier = try #require(log.lines("request").first?["request_id"])
        #expect(identifier == answer.header("X-Request-Id") && identifier.count == 16)
    }
}
