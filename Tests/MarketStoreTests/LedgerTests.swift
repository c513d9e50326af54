import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct LedgerTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z")

    private static func figures(
        _ records: Int,
        cost: Double?,
        duration: Duration = .milliseconds(250)
    ) -> PurchaseFigures {
        PurchaseFigures(
            recordCount: records,
            byteCount: records * 56,
            costUSD: cost,
            requestCount: 1,
            duration: duration
        )
    }

    @Test(arguments: TestDatabase.kinds)
    func purchaseIsWrittenDownBeforeAndEndedAfterItsRequest(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let request = NewPurchase(series: .of(), range: Self.stretch, client: "bot-7", requestID: "req-1")
            let started = fixture.clock.now
            let id = try await fixture.store.beginPurchase(request)
            let before = try await fixture.store.ledger(LedgerQuery())
            #expect(before.map(\.state) == [.started])
            #expect(before.map(\.figures.duration) == [nil])

            fixture.clock.advance(seconds: 2)
            try await fixture.store.finishPurchase(id, figures: Self.figures(4, cost: 0.0125))

            let expected = Purchase(
                id: id,
                request: request,
                state: .done,
                figures: Self.figures(4, cost: 0.0125),
                startedAt: started,
                finishedAt: fixture.clock.now,
                error: nil
            )
            #expect(try await fixture.store.ledger(LedgerQuery()) == [expected])

            // Ending it again, and a late piece, change nothing.
            try await fixture.store.finishPurchase(id, figures: Self.figures(9, cost: 9), error: "late")
            _ = try await fixture.store.storeBars(
                StoredPiece(
                    series: .of(),
                    records: [.at("2026-01-05T00:00:00Z", 1)],
                    range: Self.stretch,
                    settledEnd: Self.stretch.end,
                    purchase: id
                )
            )
            #expect(try await fixture.store.ledger(LedgerQuery()) == [expected])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureKeepsItsReasonAndWhatItCost(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let request = NewPurchase(
                latestOf: "ES.c.0",
                provider: .globex,
                client: String(repeating: "x", count: 500),
                requestID: "zero\0character"
            )
            let id = try await fixture.store.beginPurchase(request)
            try await fixture.store.finishPurchase(id, figures: Self.figures(0, cost: nil), error: "rate limited")

            let row = try #require(try await fixture.store.ledger(LedgerQuery()).first)
            #expect(row.state == .failed)
            #expect(row.error == "rate limited")
            #expect(row.figures.costUSD == nil)
            #expect(row.request.kind == .latest && row.request.range == nil && row.request.timeframe == nil)
            #expect(row.request.client.count == 200)
            #expect(row.request.requestID == "zerocharacter")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func unknownPurchaseCannotBeEnded(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let error = await #expect(throws: StoreError.self) {
                try await fixture.store.finishPurchase(PurchaseID(rawValue: 99), figures: Self.figures(0, cost: 0))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func ledgerIsListedNewestFirstByWhatTheQueryNames(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let ids = try await Self.fill(fixture)

            let all = try await fixture.store.ledger(LedgerQuery())
            #expect(all.map(\.id) == ids.reversed())
            for (query, expected) in [
                (LedgerQuery(limit: 2), [5, 4]),
                (LedgerQuery(provider: .nasdaq), [4, 1]),
                (LedgerQuery(client: "b"), [5, 3, 1]),
                (LedgerQuery(symbol: "AAPL"), [4, 1]),
                (LedgerQuery(since: time("2026-01-08T12:00:00Z")), [5, 4, 3]),
                (LedgerQuery(until: time("2026-01-08T12:00:00Z")), [2, 1, 0]),
                (LedgerQuery(since: time("2026-01-08T12:00:00Z"), provider: .globex, client: "b"), [5, 3]),
                (LedgerQuery(client: "' OR 1 = 1 --"), []),
            ] {
                let rows = try await fixture.store.ledger(query)
                #expect(rows.map(\.id) == expected.map { ids[$0] })
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func pagesFollowEachOtherWhatIsBoughtMeanwhile(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let ids = try await Self.fill(fixture)
            var query = LedgerQuery(client: "b", limit: 2)

            let first = try await fixture.store.ledger(query)
            _ = try await fixture.store.beginPurchase(
                NewPurchase(series: .of(), range: Self.stretch, client: "b", requestID: "late")
            )
            query.behind = LedgerPosition(of: first[1])
            let second = try await fixture.store.ledger(query)

            #expect(first.map(\.id) + second.map(\.id) == [5, 3, 1].map { ids[$0] })
            #expect(query.behind.flatMap { LedgerPosition($0.description) } == query.behind)
        }
    }

    @Test(arguments: ["", "-", "1", "1-", "-1", "1-2-3", "a-1", "1- 2", "99999999999999999999-1"])
    func whatIsNoPlaceInTheListIsRefused(text: String) {
        #expect(LedgerPosition(text) == nil)
    }

    @Test(arguments: TestDatabase.kinds)
    func totalsAddUpEachDayAndProvider(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await Self.fill(fixture)

            let totals = try await fixture.store.ledgerTotals(LedgerQuery())

            #expect(totals.map(\.day.description) == ["2026-01-08", "2026-01-08", "2026-01-07", "2026-01-07"])
            #expect(totals.map(\.provider) == [.globex, .nasdaq, .globex, .nasdaq])
            #expect(totals.map(\.purchaseCount) == [2, 1, 2, 1])
            #expect(totals.map(\.recordCount) == [4, 5, 4, 2])
            #expect(totals.map(\.byteCount) == [4 * 56, 5 * 56, 4 * 56, 2 * 56])
            #expect(totals.map(\.requestCount) == [1, 1, 2, 1])
            #expect(totals.map(\.costUSD) == [0.5, 0, 0.75, 0.5])
            #expect(totals.map(\.unknownCostCount) == [1, 1, 0, 0])
            #expect(totals.map(\.unfinishedCount) == [1, 0, 0, 0])
            #expect(totals.map(\.failedCount) == [0, 1, 0, 0])
            #expect(try await fixture.store.ledgerTotals(LedgerQuery(client: "nobody")).isEmpty)
        }
    }

    /// Six purchases, the first three on 2026-01-07 and the others a day later.
    private static func fill(_ fixture: StoreFixture) async throws -> [PurchaseID] {
        var ids: [PurchaseID] = []
        let costs: [Double?] = [0.5, 0.5, 0.25, 0.5, nil, 0]
        for index in 0..<6 {
            if index == 3 { fixture.clock.advance(seconds: 86_400) }
            let series = index % 3 == 1 ? Series.of("AAPL", .oneDay, .nasdaq) : .of()
            let client = index % 2 == 1 ? "b" : "a"
            ids.append(
                try await fixture.store.beginPurchase(
                    NewPurchase(series: series, range: Self.stretch, client: client, requestID: "\(index)")
                )
            )
            guard index < 5 else { break }
            try await fixture.store.finishPurchase(
                ids[index],
                figures: Self.figures(index + 1, cost: costs[index]),
                error: index == 4 ? "cut" : nil
            )
        }
        return ids
    }
}
