import Foundation
import HTTPTypes
import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import TapedeckServer

/// The whole way of a read, from the query to the simulated market and back.
@Suite struct RealWorkerTests {
    @Test(arguments: TestDatabase.kinds)
    func barsAreBoughtOnceAndThenAnsweredFromMemory(kind: TestDatabase.Kind) async throws {
        try await RealWorker.with(kind) { worker in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&last=24"

            let first = try await worker.ask(uri)
            let second = try await worker.ask(uri)

            #expect(first.status == .ok)
            #expect(first.header("X-Tapedeck-Tier") == "provider")
            #expect(second.header("X-Tapedeck-Tier") == "memory")
            #expect(second.header("X-Tapedeck-Stale") == "false")
            #expect(try DecodedBars(first) == DecodedBars(second))
            let answer = try DecodedBars(first)
            #expect(answer.bars.count == 24)
            #expect(answer.bars.last?.t == "2026-03-10T15:00:00Z")
            #expect(answer.bars.last?.final == false)
            #expect(answer.bars.dropLast().allSatisfy { $0.final && $0.rev == 1 })
            #expect(answer.bars.map(\.t) == answer.bars.map(\.t).sorted())
            #expect(worker.provider.purchases.count == 1)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func anotherWorkerAnswersFromTheDatabase(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { database in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1m&start=2026-03-09&end=2026-03-10"
            var bought: DecodedBars?
            try await RealWorker.with(database.database) { bought = try DecodedBars(try await $0.ask(uri)) }

            try await RealWorker.with(database.database) { worker in
                let answer = try await worker.ask(uri)

                #expect(answer.header("X-Tapedeck-Tier") == "database")
                #expect(try DecodedBars(answer) == bought)
                #expect(worker.provider.purchases.isEmpty)
            }
        }
    }

    @Test func csvHasTheSameBarsAsJSON() async throws {
        try await RealWorker.with { worker in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=4h&start=2026-03-02&end=2026-03-07"

            let json = try DecodedBars(try await worker.ask(uri))
            let csv = try await worker.ask(uri + "&format=csv")

            let lines = csv.text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
            #expect(!lines.isEmpty)
            #expect(lines.map { $0[0] } == json.bars.map(\.t))
            #expect(lines.map { Double($0[4]) } == json.bars.map(\.c))
            #expect(lines.map { Double($0[5]) } == json.bars.map(\.v))
        }
    }

    @Test func aStreamedRangeHasTheSameBarsAsItsHeldParts() async throws {
        try await RealWorker.with(configure: { $0.heldPeriodsMax = 1_440 }) { worker in
            let base = "/v1/bars?symbol=ES.c.0&timeframe=1m"

            let streamed = try await worker.ask(base + "&start=2026-03-02&end=2026-03-07")
            var parts: [DecodedBars.Record] = []
            for day in 2..<7 {
                parts += try DecodedBars(
                    try await worker.ask(base + "&start=2026-03-0\(day)&end=2026-03-0\(day + 1)")
                ).bars
            }

            #expect(streamed.header("X-Tapedeck-Tier") == "provider")
            let answer = try DecodedBars(streamed)
            #expect(answer.complete)
            #expect(answer.bars.count > 5_000)
            #expect(answer.bars == parts)
        }
    }

    @Test func whatDoesNotExistYetIsNamedAsMissing() async throws {
        try await RealWorker.with { worker in
            let answer = try await worker.ask(
                "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-10T12:00:00Z&end=2026-03-11"
            )

            let bars = try DecodedBars(answer)
            #expect(!bars.complete)
            #expect(answer.header("X-Tapedeck-Complete") == "false")
            #expect(bars.missing.map(\.reason) == ["notAvailableYet"])
            #expect(bars.missing.last?.end == "2026-03-11T00:00:00Z")
        }
    }

    @Test(arguments: ["bars?symbol=UNKNOWN1&timeframe=1h&last=1", "quote?symbol=UNKNOWN1"])
    func anUnknownSymbolIsNotFound(path: String) async throws {
        try await RealWorker.with { worker in
            let answer = try await worker.ask("/v1/\(path)")

            #expect(answer.status == .notFound)
            #expect(try answer.problem().parameter == "symbol")
        }
    }

    @Test func aProviderThatIsNotConfiguredIsRefusedByName() async throws {
        try await RealWorker.with { worker in
            let answer = try await worker.ask("/v1/bars?symbol=ES&timeframe=1h&last=1&provider=databento/XNAS.ITCH")

            #expect(answer.status == .badRequest)
            #expect(try answer.problem().parameter == "provider")
        }
    }

    @Test func aFailingProviderIsABadGatewayAndTheWorkerSaysWhenToComeBack() async throws {
        try await RealWorker.with { worker in
            worker.provider.failNext(1_000, with: ProviderError(.unavailable, "down for maintenance"))

            let answer = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=3")

            #expect(answer.status == .badGateway)
            #expect(try answer.problem().code == "provider-unavailable")
            #expect(answer.header("Retry-After") != nil)
        }
    }

    @Test func aRefreshBuysAnewAndTellsTheNewRevisions() async throws {
        try await RealWorker.with { worker in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10"
            _ = try await worker.ask(uri)

            let refreshed = try await worker.ask(uri + "&refresh=true")

            #expect(refreshed.status == .ok)
            #expect(refreshed.header("X-Tapedeck-Tier") == "provider")
            #expect(worker.provider.purchases.count == 2)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func finalBarsHaveATagThatOnlyACorrectionChanges(kind: TestDatabase.Kind) async throws {
        try await RealWorker.with(kind) { worker in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10"

            let bought = try await worker.ask(uri)
            let tag = try #require(bought.header("ETag"))
            let known = try await worker.ask(uri, headers: [.ifNoneMatch: tag])
            let csv = try await worker.ask(uri + "&format=csv", headers: [.ifNoneMatch: tag])
            let range = try TimeRange(
                start: Timestamp(parsing: "2026-03-09T15:00:00Z"),
                end: Timestamp(parsing: "2026-03-09T16:00:00Z")
            )
            try await worker.correct(range)
            let corrected = try await worker.ask(uri + "&refresh=true", headers: [.ifNoneMatch: tag])

            #expect(bought.header("Cache-Control") == "private, no-cache")
            #expect(known.status == .notModified && known.text.isEmpty)
            #expect(known.header("ETag") == tag && known.header("X-Tapedeck-Tier") == "memory")
            #expect(csv.status == .ok && csv.header("ETag") != tag)
            #expect(corrected.status == .ok)
            #expect(corrected.header("ETag") != nil && corrected.header("ETag") != tag)
        }
    }

    @Test(arguments: [
        "last=24", "start=2026-03-10&end=2026-03-11", "start=2026-03-10T15:00:00Z&end=2026-03-10T16:00:00Z",
    ])
    func barsThatMayChangeByThemselvesHaveNoTag(span: String) async throws {
        try await RealWorker.with { worker in
            for _ in 0..<2 {
                let answer = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&\(span)")

                #expect(answer.status == .ok)
                #expect(answer.header("ETag") == nil)
                #expect(answer.header("Cache-Control") == "no-store")
            }
        }
    }

    @Test func whatIsWarmedIsInMemoryAndBoughtOnce() async throws {
        try await RealWorker.with { worker in
            let warm = "/admin/cache/warm?symbol=ES.c.0&timeframe=1h&last=24"

            let first = try await worker.ask(warm, method: .post, headers: worker.admin)
            let second = try await worker.ask(warm, method: .post, headers: worker.admin)
            let read = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=24")

            #expect(try first.json()["bars"] as? Int == 24)
            #expect(try first.json()["tier"] as? String == "provider")
            #expect(try second.json()["tier"] as? String == "memory")
            #expect(read.header("X-Tapedeck-Tier") == "memory")
            #expect(worker.provider.purchases.count == 1)
        }
    }

    @Test func aRefreshByTheOperatorListsWhatChanged() async throws {
        try await RealWorker.with { worker in
            let span = "symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10"
            let bars = try DecodedBars(try await worker.ask("/v1/bars?\(span)"))
            let range = try TimeRange(
                start: Timestamp(parsing: "2026-03-09T15:00:00Z"),
                end: Timestamp(parsing: "2026-03-09T16:00:00Z")
            )
            try await worker.correct(range)

            let answer = try await worker.ask("/admin/cache/refresh?\(span)", method: .post, headers: worker.admin)

            let json = try answer.json()
            let revised = try #require(json["revised"] as? [[String: Any]])
            #expect(revised.map { $0["t"] as? String } == ["2026-03-09T15:00:00Z"])
            #expect(json["unchanged"] as? Int == bars.bars.count - 1)
            #expect(json["inserted"] as? Int == 0)
            #expect(json["complete"] as? Bool == true)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func theLedgerIsReadInPages(kind: TestDatabase.Kind) async throws {
        try await RealWorker.with(kind) { worker in
            for day in 2...5 {
                _ = try await worker.ask(
                    "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-0\(day)&end=2026-03-0\(day + 1)"
                )
            }

            var numbers: [Int] = []
            var next: String? = ""
            while let page = next {
                let uri = "/admin/ledger?limit=3" + (page.isEmpty ? "" : "&page=\(page)")
                let json = try await worker.ask(uri, headers: worker.admin).json()
                numbers += try #require(json["purchases"] as? [[String: Any]]).compactMap { $0["id"] as? Int }
                next = json["next"] as? String
            }
            let totals = try await worker.ask("/admin/ledger?totals=true", headers: worker.admin).json()

            #expect(numbers.count == 4 && numbers == numbers.sorted(by: >))
            #expect((totals["totals"] as? [[String: Any]])?.first?["purchases"] as? Int == 4)
            let wrong = try await worker.ask("/admin/ledger?page=x", headers: worker.admin)
            #expect(try wrong.problem().parameter == "page")
            let both = try await worker.ask("/admin/ledger?page=1-1&totals=true", headers: worker.admin)
            #expect(try both.problem().parameter == "page")
        }
    }

    @Test func quotesPricesAndSpreadsShareOnePurchase() async throws {
        try await RealWorker.with { worker in
            let quote = try await worker.ask("/v1/quote?symbol=ES.c.0")
            let price = try await worker.ask("/v1/price?symbol=ES.c.0")
            let spread = try await worker.ask("/v1/spread?symbol=ES.c.0")

            let bid = try #require(try quote.json()["bid"] as? Double)
            let ask = try #require(try quote.json()["ask"] as? Double)
            #expect(ask > bid)
            #expect(try spread.json()["spread"] as? Double == ask - bid)
            #expect(try price.json()["price"] is Double)
            #expect(spread.header("X-Tapedeck-Tier") == "memory")
            #expect(worker.provider.purchases.count == 1)
        }
    }

    @Test func sampledQuotesOfARangeAreAnswered() async throws {
        try await RealWorker.with { worker in
            let uri = "/v1/quotes?symbol=ES.c.0&start=2026-03-10T14:00:00Z&end=2026-03-10T15:00:00Z"

            let answer = try await worker.ask(uri)
            let again = try await worker.ask(uri)

            let quotes = try #require(try answer.json()["quotes"] as? [[String: Any]])
            #expect(quotes.count > 50)
            #expect(answer.text == again.text)
            #expect(worker.provider.purchases.count == 1)
        }
    }

    @Test func coverageAndSymbolsShowWhatIsStored() async throws {
        try await RealWorker.with { worker in
            _ = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10")

            let coverage = try await worker.ask("/v1/coverage?symbol=ES.c.0&timeframe=1h")
            let symbols = try await worker.ask("/v1/symbols")

            #expect(
                coverage.text == """
                    {"symbol":"ES.c.0","timeframe":"1h","provider":"simulated","stored_timeframe":"1h","version":1,\
                    "final":[{"start":"2026-03-09T00:00:00Z","end":"2026-03-10T00:00:00Z"}],"provisional":[]}
                    """
            )
            let list = try #require(try symbols.json()["symbols"] as? [[String: Any]])
            #expect(list.map { $0["symbol"] as? String } == ["ES.c.0"])
        }
    }

    @Test func explainBuysNothing() async throws {
        try await RealWorker.with { worker in
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10"

            let before = try await worker.ask(uri + "&explain=true")
            _ = try await worker.ask(uri)
            let after = try await worker.ask(uri + "&explain=true")

            let stretches = { (answer: Answer) in
                (try answer.json()["stretches"] as? [[String: Any]])?.map { $0["source"] as? String }
            }
            #expect(try stretches(before) == ["provider"])
            #expect(try stretches(after) == ["memory"])
            #expect(worker.provider.purchases.count == 1)
        }
    }

    @Test func theLedgerNamesTheBotAndItsRequest() async throws {
        try await RealWorker.with(
            configure: { $0.tokens = AccessTokens(admin: "operator", bots: [("alpha", "token-a")]) }
        ) { worker in
            _ = try await worker.ask(
                "/v1/bars?symbol=ES.c.0&timeframe=1h&last=2",
                headers: [.authorization: "Bearer token-a", .requestID: "order-9"]
            )

            let purchases = try await worker.store.ledger(LedgerQuery())
            #expect(purchases.map(\.request.client) == ["alpha"])
            #expect(purchases.map(\.request.requestID) == ["order-9"])
            #expect(purchases.map(\.state) == [.done])
        }
    }

    @Test func whatIsClearedIsBoughtAgain() async throws {
        try await RealWorker.with(
            configure: { $0.tokens = AccessTokens(admin: "operator") }
        ) { worker in
            let admin: HTTPFields = [.authorization: "Bearer operator"]
            let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2026-03-09&end=2026-03-10"
            _ = try await worker.ask(uri)

            let other = try await worker.ask("/admin/cache/clear?symbol=NQ.c.0", method: .delete, headers: admin)
            let kept = try await worker.ask(uri)
            let cleared = try await worker.ask("/admin/cache/clear", method: .delete, headers: admin)
            let bought = try await worker.ask(uri)

            #expect(try other.json()["database_rows_removed"] as? Int == 0)
            #expect(kept.header("X-Tapedeck-Tier") == "memory")
            #expect(try cleared.json()["database_rows_removed"] as? Int ?? 0 > 0)
            #expect(bought.header("X-Tapedeck-Tier") == "provider")
        }
    }
}
