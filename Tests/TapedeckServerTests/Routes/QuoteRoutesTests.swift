import Foundation
import MarketData
import Tapedeck
import Testing

@testable import TapedeckServer

@Suite struct QuoteRoutesTests {
    @Test func aQuoteShowsItsSpreadAndTrueAge() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(quote: { request in
                QuoteAnswer(
                    provider: try ProviderID(parsing: "simulated"),
                    symbol: request.symbol,
                    quote: SampleAnswers.quote,
                    age: .milliseconds(61_234),
                    fetchedAge: .seconds(7),
                    isStale: false,
                    staleReason: nil,
                    tier: .memory,
                    outcome: .memory
                )
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/quote?symbol=ES.c.0")

        #expect(
            answer.text == """
                {"symbol":"ES.c.0","provider":"simulated","t":"2026-01-05T15:00:00Z","bid":5931.25,"ask":5931.5,\
                "bid_size":12,"ask_size":null,"spread":0.25,"middle":5931.375,"age_seconds":61.234,"stale":false,\
                "stale_reason":null}
                """
        )
        #expect(answer.header("Age") == "7")
        #expect(answer.header("X-Tapedeck-Tier") == "memory")
        #expect(answer.header("X-Tapedeck-Stale") == "false")
    }

    @Test func aSymbolWithoutAQuoteHasNulls() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(quote: { request in
                QuoteAnswer(
                    provider: try ProviderID(parsing: "simulated"),
                    symbol: request.symbol,
                    quote: nil,
                    age: nil,
                    fetchedAge: .zero,
                    isStale: true,
                    staleReason: "the provider is down",
                    tier: .database,
                    outcome: .database
                )
            })
        )

        let json = try await TestWorker(cache).ask("/v1/quote?symbol=ES.c.0").json()

        #expect(json["bid"] is NSNull)
        #expect(json["t"] is NSNull)
        #expect(json["stale_reason"] as? String == "the provider is down")
    }

    @Test func aPriceSaysWhatItWasTakenFrom() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(price: { request in
                PriceAnswer(
                    provider: try ProviderID(parsing: "simulated"),
                    symbol: request.symbol,
                    price: 5_931.375,
                    source: .quote,
                    timestamp: SampleAnswers.start,
                    maxAge: request.maxAge ?? .zero,
                    tradeAge: nil,
                    quoteAge: .seconds(2),
                    fetchedAge: .seconds(1),
                    isStale: true,
                    tier: .provider,
                    outcome: .provider
                )
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/price?symbol=ES.c.0&max_age=90&provider=simulated")

        #expect(
            answer.text == """
                {"symbol":"ES.c.0","provider":"simulated","price":5931.375,"source":"quote",\
                "t":"2026-01-05T15:00:00Z","max_age_seconds":90,"trade_age_seconds":null,"quote_age_seconds":2,\
                "stale":true}
                """
        )
        #expect(cache.asked.latest.first?.maxAge == .seconds(90))
        #expect(answer.header("X-Tapedeck-Stale") == "true")
    }

    @Test func aSpreadComesWithItsQuote() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(spread: { request in
                SpreadAnswer(
                    provider: try ProviderID(parsing: "simulated"),
                    symbol: request.symbol,
                    spread: 0.25,
                    middle: 5_931.375,
                    quote: SampleAnswers.quote,
                    age: .seconds(3),
                    fetchedAge: .zero,
                    isStale: false,
                    tier: .memory,
                    outcome: .memory
                )
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/spread?symbol=ES.c.0")

        #expect(
            answer.text == """
                {"symbol":"ES.c.0","provider":"simulated","spread":0.25,"middle":5931.375,\
                "t":"2026-01-05T15:00:00Z","bid":5931.25,"ask":5931.5,"bid_size":12,"ask_size":null,\
                "age_seconds":3,"stale":false}
                """
        )
    }

    @Test(arguments: [
        ("/v1/quote", "missing-parameter", "symbol"),
        ("/v1/quote?symbol=ES&max_age=5", "unknown-parameter", "max_age"),
        ("/v1/price?symbol=ES&max_age=0", "invalid-parameter", "max_age"),
        ("/v1/price?symbol=ES&max_age=5m", "invalid-parameter", "max_age"),
        ("/v1/spread?symbol=ES&provider=", "invalid-parameter", "provider"),
        ("/v1/quotes?symbol=ES", "missing-parameter", "start"),
        ("/v1/quotes?symbol=ES&start=2026-01-05&timeframe=1h", "invalid-parameter", "timeframe"),
        ("/v1/quotes?symbol=ES&start=2026-01-05&end=2026-01-05", "invalid-parameter", "end"),
        ("/v1/quotes?symbol=ES&start=2026-01-05&last=5", "unknown-parameter", "last"),
    ])
    func badParametersAreRefusedByName(uri: String, code: String, parameter: String) async throws {
        let cache = ScriptedCache()
        let answer = try await TestWorker(cache).ask(uri)

        let problem = try answer.problem()
        #expect(answer.status == .badRequest)
        #expect(problem.code == code)
        #expect(problem.parameter == parameter)
        #expect(cache.asked.latest.isEmpty && cache.asked.quotes.isEmpty)
    }

    @Test func quotesOfARangeAreAnsweredAsJSONAndCSV() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(quotes: { request in
                QuotesAnswer(
                    series: try SampleAnswers.series(request.timeframe, kind: .quotes),
                    range: request.range,
                    quotes: [SampleAnswers.quote],
                    isComplete: true,
                    missing: [],
                    isStale: false,
                    tier: .database,
                    outcome: .database,
                    age: .zero
                )
            })
        )
        let worker = try TestWorker(cache)

        let json = try await worker.ask("/v1/quotes?symbol=ES.c.0&start=2026-01-05&end=2026-01-06")
        let csv = try await worker.ask("/v1/quotes?symbol=ES.c.0&start=2026-01-05&end=2026-01-06&format=csv")

        #expect(
            json.text == """
                {"symbol":"ES.c.0","timeframe":"1m","provider":"databento/GLBX.MDP3",\
                "start":"2026-01-05T00:00:00Z","end":"2026-01-06T00:00:00Z","complete":true,"missing":[],\
                "stale":false,"quotes":[{"t":"2026-01-05T15:00:00Z","bid":5931.25,"ask":5931.5,"bid_size":12,\
                "ask_size":null}]}
                """
        )
        #expect(json.header("X-Tapedeck-Complete") == "true")
        #expect(csv.text == "t,bid,ask,bid_size,ask_size\n2026-01-05T15:00:00Z,5931.25,5931.5,12,\n")
        #expect(csv.header("X-Tapedeck-Missing") == nil)
    }
}
