import Foundation
import Hummingbird
import MarketData
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct StateRoutesTests {
    private func adminWorker(_ cache: ScriptedCache) throws -> TestWorker {
        try TestWorker(
            cache,
            configure: { $0.tokens = AccessTokens(admin: "operator", bots: [("alpha", "bot-token")]) },
            database: {
                var figures = WorkerBackend.DatabaseFigures()
                figures.rows = [("bars_cache", 12)]
                figures.bytes = 4_096
                return figures
            }
        )
    }

    private let operatorHeader: HTTPFields = [.authorization: "Bearer operator"]

    @Test func coverageShowsFinalAndProvisionalStretches() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(coverage: { _, timeframe, _ in
                CoverageAnswer(
                    series: try SampleAnswers.series(.oneMinute),
                    timeframe: timeframe,
                    version: 3,
                    final: RangeSet(try SampleAnswers.range(hours: 1)),
                    provisional: [
                        CoverageAnswer.Provisional(
                            range: try SampleAnswers.range(hours: 2),
                            fetchedAt: SampleAnswers.start,
                            isExpired: true
                        )
                    ]
                )
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/coverage?symbol=ES.c.0&timeframe=5m")

        #expect(
            answer.text == """
                {"symbol":"ES.c.0","timeframe":"5m","provider":"databento/GLBX.MDP3","stored_timeframe":"1m",\
                "version":3,"final":[{"start":"2026-01-05T15:00:00Z","end":"2026-01-05T16:00:00Z"}],\
                "provisional":[{"start":"2026-01-05T15:00:00Z","end":"2026-01-05T17:00:00Z",\
                "fetched_at":"2026-01-05T15:00:00Z","expired":true}]}
                """
        )
    }

    @Test func symbolsAreListedWithTheirSeries() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(symbols: {
                [
                    SymbolSummary(
                        provider: try ProviderID(parsing: "simulated"),
                        symbol: "ES.c.0",
                        entries: [
                            SymbolSummary.Entry(
                                timeframe: .oneHour,
                                kind: .bars,
                                bounds: try SampleAnswers.range(hours: 1),
                                recordCount: 23
                            ),
                            SymbolSummary.Entry(timeframe: .oneMinute, kind: .quotes, bounds: nil, recordCount: nil),
                        ]
                    )
                ]
            })
        )

        let answer = try await TestWorker(cache).ask("/v1/symbols")

        #expect(
            answer.text == """
                {"symbols":[{"symbol":"ES.c.0","provider":"simulated","series":[{"timeframe":"1h","kind":"bars",\
                "start":"2026-01-05T15:00:00Z","end":"2026-01-05T16:00:00Z","records":23},{"timeframe":"1m",\
                "kind":"quotes","start":null,"end":null,"records":null}]}]}
                """
        )
    }

    @Test func healthAsksNobody() async throws {
        let answer = try await TestWorker(ScriptedCache(), readiness: { .notReady("down") }).ask("/health")

        #expect(answer.status == .ok)
        #expect(answer.text == #"{"status":"ok","version":"\#(Version.current)"}"#)
    }

    @Test func aReadyWorkerSaysSo() async throws {
        var script = ScriptedCache.Script()
        script.statistics.breakers = [SampleAnswers.openBreaker]

        let answer = try await TestWorker(ScriptedCache(script)).ask("/ready")

        #expect(answer.status == .ok)
        #expect(
            answer.text == """
                {"status":"ready","mode":"cache","breakers":[{"provider":"simulated","state":"open",\
                "since":"2026-01-05T15:00:00Z","failures":5}]}
                """,
            "what is stored is answered, so a worker whose provider is left alone is ready"
        )
    }

    @Test func aWorkerWithoutItsDatabaseIsNotReadyAndHidesTheCause() async throws {
        struct Failure: Error { let text = "password=hunter2" }

        let told = try await TestWorker(ScriptedCache(), readiness: { .notReady("2 migrations are missing") })
            .ask("/ready")
        let failed = try await TestWorker(ScriptedCache(), readiness: { throw Failure() }).ask("/ready")

        #expect(told.status == .serviceUnavailable)
        #expect(
            told.text == #"{"status":"not ready","reason":"2 migrations are missing","mode":"cache","breakers":[]}"#
        )
        #expect(failed.status == .serviceUnavailable)
        #expect(!failed.text.contains("hunter2"))
    }

    @Test func readinessDoesNotWaitForASlowDatabase() async throws {
        let clock = ManualClock()
        let worker = try TestWorker(
            ScriptedCache(),
            clock: clock,
            configure: { $0.readinessTimeout = .seconds(2) },
            readiness: {
                try await clock.sleep(for: .seconds(3_600))
                return .ready
            }
        )

        async let answer = worker.ask("/ready")
        await clock.sleepers(atLeast: 3)
        clock.advance(by: .seconds(2))

        #expect(try await answer.status == .serviceUnavailable)
    }

    @Test func figuresDoNotWaitForASlowDatabase() async throws {
        let clock = ManualClock()
        let worker = try TestWorker(
            ScriptedCache(),
            clock: clock,
            configure: {
                $0.tokens = AccessTokens(admin: "operator", bots: [])
                $0.readinessTimeout = .seconds(2)
            },
            database: {
                try await clock.sleep(for: .seconds(3_600))
                return WorkerBackend.DatabaseFigures()
            }
        )

        async let answer = worker.ask("/admin/cache/stats", headers: self.operatorHeader)
        await clock.sleepers(atLeast: 3)
        clock.advance(by: .seconds(2))

        #expect(try await answer.status == .ok)
    }

    @Test(arguments: [
        ("/admin/cache/stats", HTTPRequest.Method.get), ("/admin/cache/cleanup", .post),
        ("/admin/cache/clear", .delete), ("/admin/cache/warm", .post), ("/admin/cache/refresh", .post),
        ("/admin/ledger", .get),
    ])
    func adminRoutesNeedTheOperatorsToken(path: String, method: HTTPRequest.Method) async throws {
        let cache = ScriptedCache()
        let worker = try self.adminWorker(cache)

        for headers: HTTPFields in [[:], [.authorization: "Bearer bot-token"], [.authorization: "Bearer wrong"]] {
            let answer = try await worker.ask(path, method: method, headers: headers)
            #expect(answer.status == .unauthorized)
            #expect(answer.header("WWW-Authenticate") == "Bearer realm=\"tapedeck\"")
            #expect(try answer.problem().code == "unauthorized")
        }
        #expect(cache.asked.cleared.isEmpty)
    }

    @Test(arguments: [
        ("/admin/cache/stats", HTTPRequest.Method.get), ("/admin/cache/cleanup", .post),
        ("/admin/cache/clear", .delete),
    ])
    func adminRoutesAreOffWithoutAToken(path: String, method: HTTPRequest.Method) async throws {
        let answer = try await TestWorker(ScriptedCache()).ask(path, method: method, headers: self.operatorHeader)

        #expect(answer.status == .forbidden)
        #expect(try answer.json()["detail"] as? String ?? "" ~= "TAPEDECK_ADMIN_TOKEN")
    }

    @Test func statisticsShowMemoryReadsPurchasesAndDatabase() async throws {
        var statistics = CacheStatistics()
        statistics.barsHeld = 24
        statistics.barsMax = 10_000
        statistics.memoryHits = 5
        statistics.purchases = 1
        statistics.costUSD = 0.5
        statistics.staleAnswers = 7
        statistics.breakers = [SampleAnswers.openBreaker]
        statistics.writeBehindRecords = 7
        var budget = BudgetReport()
        budget.spentUSD = 1.25
        budget.clients = [.init(name: "bot", spentUSD: 0.25, limitUSD: 2)]
        statistics.budget = budget
        let worker = try self.adminWorker(ScriptedCache(ScriptedCache.Script(statistics: statistics)))

        let json = try await worker.ask("/admin/cache/stats", headers: self.operatorHeader).json()

        let memory = try #require(json["memory"] as? [String: Any])
        #expect(memory["bars"] as? Int == 24)
        #expect(memory["bars_max"] as? Int == 10_000)
        #expect((json["reads"] as? [String: Any])?["memory"] as? Int == 5)
        #expect((json["purchases"] as? [String: Any])?["usd"] as? Double == 0.5)
        #expect((json["degrading"] as? [String: Any])?["stale_answers"] as? Int == 7)
        #expect(json["mode"] as? String == "cache")
        #expect((json["breakers"] as? [[String: Any]])?.first?["state"] as? String == "open")
        let database = try #require(json["database"] as? [String: Any])
        #expect(database["bytes"] as? Int == 4_096)
        #expect(database["state"] as? String == "up")
        #expect((json["write_behind"] as? [String: Any])?["records"] as? Int == 7)
        let spent = try #require(json["budget"] as? [String: Any])
        #expect(spent["spent_usd"] as? Double == 1.25)
        #expect((spent["clients"] as? [[String: Any]])?.first?["name"] as? String == "bot")
        #expect((database["rows"] as? [[String: Any]])?.first?["table"] as? String == "bars_cache")
    }

    @Test func statisticsDoNotWaitForADatabaseThatIsDown() async throws {
        var statistics = CacheStatistics()
        statistics.databaseState.condition = .down
        let worker = try self.adminWorker(ScriptedCache(ScriptedCache.Script(statistics: statistics)))

        let json = try await worker.ask("/admin/cache/stats", headers: self.operatorHeader).json()

        let database = try #require(json["database"] as? [String: Any])
        #expect(database["state"] as? String == "down" && database["bytes"] is NSNull)
        #expect(json["budget"] is NSNull)
    }

    @Test func cleanupSaysWhatItRemoved() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(cleanup: { CleanupAnswer(barsRemoved: 1, quotesRemoved: 2, rowsRemoved: 3) })
        )

        let answer = try await self.adminWorker(cache)
            .ask("/admin/cache/cleanup", method: .post, headers: self.operatorHeader)

        #expect(
            answer.text
                == #"{"memory_bars_removed":1,"memory_quotes_removed":2,"database_rows_removed":3}"#
        )
    }

    @Test func clearRemovesWhatIsNamedAndNothingElse() async throws {
        let cache = ScriptedCache(
            ScriptedCache.Script(clear: { _ in CleanupAnswer(barsRemoved: 0, quotesRemoved: 0, rowsRemoved: 0) })
        )
        let worker = try self.adminWorker(cache)

        for query in [
            "", "?symbol=ES.c.0", "?symbol=ES.c.0&timeframe=1m&provider=simulated",
            "?symbol=5&stype_in=instrument_id&timeframe=1m&provider=simulated&kind=quotes",
        ] {
            let answer = try await worker.ask(
                "/admin/cache/clear\(query)",
                method: .delete,
                headers: self.operatorHeader
            )
            #expect(answer.status == .ok)
        }

        let provider = try ProviderID(parsing: "simulated")
        #expect(
            cache.asked.cleared == [
                .all, .symbol("ES.c.0"),
                .series(try Series(provider: provider, symbol: "ES.c.0", timeframe: .oneMinute)),
                .series(
                    try Series(provider: provider, symbol: "instrument_id:5", timeframe: .oneMinute, kind: .quotes)
                ),
            ]
        )
    }

    @Test(arguments: [
        ("?timeframe=1m", "symbol"), ("?provider=simulated", "symbol"), ("?symbol=ES&timeframe=1m", "provider"),
        ("?symbol=ES&provider=simulated", "timeframe"), ("?symbol=ES&kind=trades", "kind"), ("?all=true", "all"),
        ("?symbol=", "symbol"), ("?symbol", "symbol"), ("?symbol=ES&timeframe=&provider=", "timeframe"),
    ])
    func anUnclearClearRemovesNothing(query: String, parameter: String) async throws {
        let cache = ScriptedCache()

        let answer = try await self.adminWorker(cache)
            .ask("/admin/cache/clear\(query)", method: .delete, headers: self.operatorHeader)

        #expect(answer.status == .badRequest)
        #expect(try answer.problem().parameter == parameter)
        #expect(cache.asked.cleared.isEmpty)
    }

    @Test func withBotsTokensDataNeedsOneAndItsNameIsTheClient() async throws {
        let cache = ScriptedCache(ScriptedCache.Script(bars: { _ in try SampleAnswers.barsAnswer() }))
        let worker = try self.adminWorker(cache)
        let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&last=1"

        let refused = try await worker.ask(uri, headers: [.client: "alpha"])
        let bot = try await worker.ask(uri, headers: [.authorization: "Bearer bot-token", .client: "other"])
        let admin = try await worker.ask(uri, headers: self.operatorHeader)
        let health = try await worker.ask("/health")
        let metrics = try await worker.ask("/metrics")

        #expect(refused.status == .unauthorized)
        #expect(bot.status == .ok)
        #expect(admin.status == .ok)
        #expect(health.status == .ok)
        #expect(metrics.status == .unauthorized)
        #expect(cache.asked.bars.map(\.client) == ["alpha", "admin"])
    }

    @Test func metricsHaveTheStateOfTheCacheAndWhatItCounted() async throws {
        var statistics = CacheStatistics()
        statistics.barsHeld = 24
        statistics.recordsBought = 30
        statistics.databaseHits = 3
        statistics.costUSD = 0.25
        statistics.breakers = [SampleAnswers.openBreaker]

        let answer = try await TestWorker(ScriptedCache(ScriptedCache.Script(statistics: statistics))).ask("/metrics")

        #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.text.contains("# TYPE tapedeck_memory_bars gauge\ntapedeck_memory_bars 24\n"))
        #expect(answer.text.contains("tapedeck_bought_records_total 30\n"))
        #expect(answer.text.contains("# TYPE tapedeck_reads_total counter\n"))
        #expect(answer.text.contains("tapedeck_reads_total{tier=\"database\"} 3\n"))
        #expect(answer.text.contains("tapedeck_bought_usd_total 0.25\n"))
        #expect(answer.text.contains("tapedeck_database_connections 0\n"))
        #expect(answer.text.contains("tapedeck_breaker_state{provider=\"simulated\"} 2\n"))
        #expect(answer.text.contains("tapedeck_mode{mode=\"cache\"} 1\n"))
        #expect(answer.text.hasSuffix("\n"))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.5"])
    func aWorkerThatOthersReachNeedsBothKindsOfTokens(host: String) throws {
        for tokens in [AccessTokens(), AccessTokens(admin: "x"), AccessTokens(bots: [("a", "x")])] {
            #expect(throws: WorkerError.self) {
                try TestWorker(ScriptedCache()) {
                    $0.host = host
                    $0.tokens = tokens
                }
            }
        }
        _ = try TestWorker(ScriptedCache()) {
            $0.host = host
            $0.tokens = AccessTokens(admin: "x", bots: [("a", "y")])
        }
    }
}

/// Whether a text holds another, for expectations that show the whole text.
private func ~= (text: String, part: String) -> Bool { text.contains(part) }
