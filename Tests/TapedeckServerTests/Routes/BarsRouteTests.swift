import MarketData
import Tapedeck
import Testing

@testable import TapedeckServer

@Suite struct BarsRouteTests {
    private let cache = ScriptedCache(
        ScriptedCache.Script(bars: { _ in
            try SampleAnswers.barsAnswer(
                missing: [
                    MissingRange(
                        range: try SampleAnswers.range(hours: 1),
                        reason: .providerFailed(.rateLimited),
                        detail: "too many requests"
                    )
                ],
                isStale: true,
                tier: .provider,
                age: .milliseconds(12_900)
            )
        })
    )

    @Test func barsAreAnsweredInExactlyTheDocumentedShape() async throws {
        let answer = try await TestWorker(self.cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2")

        #expect(answer.status == .ok)
        #expect(
            answer.text == """
                {"symbol":"ES.c.0","timeframe":"1h","provider":"databento/GLBX.MDP3",\
                "start":"2026-01-05T15:00:00Z","end":"2026-01-05T17:00:00Z","complete":false,\
                "missing":[{"start":"2026-01-05T15:00:00Z","end":"2026-01-05T16:00:00Z",\
                "reason":"providerFailed: rateLimited"}],"stale":true,\
                "bars":[{"t":"2026-01-05T15:00:00Z","o":5931.25,"h":5940,"l":-0.5,"c":5935.75,"v":1234,\
                "final":true,"rev":1},{"t":"2026-01-05T16:00:00Z","o":5931.25,"h":5940,"l":-0.5,"c":5935.75,\
                "v":1234,"final":false,"rev":2}]}
                """
        )
    }

    @Test func headersSayWhereTheAnswerComesFromAndHowFreshItIs() async throws {
        let answer = try await TestWorker(self.cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2")

        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("X-Tapedeck-Tier") == "provider")
        #expect(answer.header("Age") == "12")
        #expect(answer.header("X-Tapedeck-Stale") == "true")
        #expect(answer.header("X-Tapedeck-Complete") == "false")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.header("X-Request-Id")?.count == 16)
    }

    @Test func csvHasAHeaderLineAndSaysWhatIsMissingInAHeader() async throws {
        let answer = try await TestWorker(self.cache)
            .ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2&format=csv")

        #expect(answer.header("Content-Type") == "text/csv; charset=utf-8; header=present")
        #expect(
            answer.header("X-Tapedeck-Missing") == "2026-01-05T15:00:00Z/2026-01-05T16:00:00Z;providerFailed"
        )
        #expect(
            answer.text == """
                t,o,h,l,c,v,final,rev
                2026-01-05T15:00:00Z,5931.25,5940,-0.5,5935.75,1234,true,1
                2026-01-05T16:00:00Z,5931.25,5940,-0.5,5935.75,1234,false,2

                """
        )
    }

    @Test func everythingAskedReachesTheCache() async throws {
        _ = try await TestWorker(self.cache).ask(
            "/v1/bars?symbol=ES.c.0&timeframe=60m&start=2026-01-05T14:30:00+01:00&end=1767628800000000000"
                + "&provider=Databento/xnas.itch&refresh=true",
            headers: [.requestID: "order-7", .client: "bot.a"]
        )

        let request = try #require(self.cache.asked.bars.first)
        #expect(request.symbol == "ES.c.0")
        #expect(request.timeframe == .oneHour)
        #expect(
            request.span
                == .range(
                    try TimeRange(
                        start: Timestamp(parsing: "2026-01-05T13:30:00Z"),
                        end: Timestamp(parsing: "2026-01-05T16:00:00Z")
                    )
                )
        )
        #expect(request.provider?.description == "databento/XNAS.ITCH")
        #expect(request.refresh)
        #expect(request.client == "bot.a")
        #expect(request.requestID == "order-7")
    }

    @Test func aRangeWithoutEndEndsNow() async throws {
        _ = try await TestWorker(self.cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-10")

        #expect(
            self.cache.asked.bars.first?.span
                == .range(try TimeRange(start: Timestamp(parsing: "2026-03-10"), end: TestWorker.now))
        )
    }

    @Test(arguments: [
        ("5482", "instrument_id", "instrument_id:5482"),
        ("ES.c.0", "continuous", "ES.c.0"),
        ("es.C.0", "continuous", "ES.c.0"),
        ("ES.c.0", "raw_symbol", "raw_symbol:ES.c.0"),
        ("ESZ6", "raw_symbol", "ESZ6"),
        ("ESZ6%20C5000", "raw_symbol", "ESZ6 C5000"),
        ("ESZ6+C5000", "raw_symbol", "ESZ6 C5000"),
        ("instrument_id:5482", "instrument_id", "instrument_id:5482"),
        // Found by fuzzing: the vendor's client reads a prefix in any case, and so bought the same series twice.
        ("RAW_SYMBOL:ES.c.0", "raw_symbol", "raw_symbol:ES.c.0"),
        ("Raw_Symbol:ESZ6", "raw_symbol", "ESZ6"),
        ("INSTRUMENT_ID:05482", "instrument_id", "instrument_id:5482"),
    ])
    func symbologyBecomesPartOfASymbolWhoseShapeSaysOtherwise(symbol: String, type: String, asked: String) async throws
    {
        _ = try await TestWorker(self.cache)
            .ask("/v1/bars?symbol=\(symbol)&stype_in=\(type)&timeframe=1h&last=1")

        #expect(self.cache.asked.bars.map(\.symbol) == [asked])
    }

    @Test(arguments: [
        ("symbol=ES.c.0&timeframe=1h&last=1&lst=2", "unknown-parameter", "lst"),
        ("symbol=ES.c.0&timeframe=1h&last=1&last=2", "invalid-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1h&last=1&start=2026-01-05", "invalid-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1h&last=0", "invalid-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1h&last=100001", "invalid-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1h&last=ten", "invalid-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1h", "missing-parameter", "last"),
        ("symbol=ES.c.0&timeframe=1M&last=1", "invalid-parameter", "timeframe"),
        ("symbol=ES.c.0&last=1", "missing-parameter", "timeframe"),
        ("timeframe=1h&last=1", "missing-parameter", "symbol"),
        ("symbol=&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=%07&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=raw_symbol:raw_symbol:ES&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        // A long s and a dotless i, whose capitals are ASCII.
        ("symbol=E%C5%BF.c.0&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=N%C4%B1.c.0&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=ES%2&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=ES%FF&timeframe=1h&last=1", "invalid-parameter", "symbol"),
        ("symbol=ES&timeframe=1h&start=yesterday", "invalid-parameter", "start"),
        ("symbol=ES&timeframe=1h&start=1985-01-01", "invalid-parameter", "start"),
        ("symbol=ES&timeframe=1h&end=2026-01-05", "missing-parameter", "start"),
        ("symbol=ES&timeframe=1h&start=2026-01-06&end=2026-01-05", "invalid-parameter", "end"),
        ("symbol=ES&timeframe=1h&start=2027-01-06", "invalid-parameter", "start"),
        ("symbol=ES&timeframe=1s&start=1990-01-01&end=2026-01-01", "invalid-parameter", "start"),
        ("symbol=ES&timeframe=1h&last=1&provider=a/b/c", "invalid-parameter", "provider"),
        ("symbol=ES&timeframe=1h&last=1&format=xml", "invalid-parameter", "format"),
        ("symbol=ES&timeframe=1h&last=1&refresh=yes", "invalid-parameter", "refresh"),
        ("symbol=ES&timeframe=1h&last=1&stype_in=parent", "invalid-parameter", "stype_in"),
        ("symbol=raw_symbol:5&timeframe=1h&last=1&stype_in=instrument_id", "invalid-parameter", "symbol"),
        ("symbol=ES&timeframe=1h&last=1&explain=true&format=csv", "invalid-parameter", "explain"),
        ("symbol=ES&timeframe=1h&last=1&explain=true&refresh=true", "invalid-parameter", "explain"),
    ])
    func badParametersAreRefusedByNameAndAskNothing(query: String, code: String, parameter: String) async throws {
        let answer = try await TestWorker(self.cache).ask("/v1/bars?\(query)")

        #expect(answer.status == .badRequest)
        let problem = try answer.problem()
        #expect(problem.code == code)
        #expect(problem.parameter == parameter)
        #expect(self.cache.asked.bars.isEmpty)
    }

    @Test func aRefusedChoiceListsWhatIsAllowed() async throws {
        let answer = try await TestWorker(self.cache).ask("/v1/bars?symbol=ES&timeframe=1h&last=1&format=xml")

        let problem = try answer.problem()
        #expect(problem.value == "xml")
        #expect(problem.allowed == ["json", "csv"])
    }

    @Test func explainTellsWhereAnswersWouldComeFromAndWhatTheyWouldCost() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(explain: { _ in
                let range = try SampleAnswers.range(hours: 1)
                return Explanation(
                    series: try SampleAnswers.series(.fourHours),
                    source: try SampleAnswers.series(.oneHour),
                    range: range,
                    stretches: [Explanation.Stretch(range: range, source: .provider)],
                    estimate: .init(recordCount: 60, byteCount: nil, costUSD: 0.002)
                )
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/bars?symbol=ES.c.0&timeframe=4h&last=1&explain=true")

        #expect(
            answer.text == """
                {"symbol":"ES.c.0","timeframe":"4h","provider":"databento/GLBX.MDP3","stored_timeframe":"1h",\
                "start":"2026-01-05T15:00:00Z","end":"2026-01-05T16:00:00Z","stretches":[{"start":\
                "2026-01-05T15:00:00Z","end":"2026-01-05T16:00:00Z","source":"provider"}],\
                "estimate":{"records":60,"bytes":null,"usd":0.002},"budget":null}
                """
        )
        #expect(cache.asked.bars.isEmpty)
    }
}
