import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct QuoteTests {
    private static let minutes = Series.of("ES.c.0", .oneMinute, kind: .quotes)
    private static let seconds = Series.of("ES.c.0", .oneSecond, kind: .quotes)
    private static let stretch = range("2026-01-05T10:00:00Z", "2026-01-05T10:10:00Z")

    private static func piece(
        _ quotes: [Quote],
        _ series: Series = minutes,
        _ stretch: TimeRange = stretch,
        settledEnd: String = "2026-01-06",
        mode: StoreMode = .fetch
    ) -> StoredPiece<Quote> {
        StoredPiece(series: series, records: quotes, range: stretch, settledEnd: time(settledEnd), mode: mode)
    }

    @Test(arguments: TestDatabase.kinds)
    func sidesWithoutAnOrderComeBackAsNil(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let quotes = [
                Quote(timestamp: time("2026-01-05T10:00:00Z"), bidPrice: nil, askPrice: 1.5, bidSize: nil, askSize: 2),
                Quote(timestamp: time("2026-01-05T10:01:00Z"), bidPrice: -1, askPrice: nil, bidSize: 3, askSize: nil),
                Quote(
                    timestamp: time("2026-01-05T10:02:00Z"),
                    bidPrice: nil,
                    askPrice: nil,
                    bidSize: nil,
                    askSize: nil
                ),
            ]
            _ = try await fixture.store.storeQuotes(Self.piece(quotes))
            let again = try await fixture.store.storeQuotes(Self.piece(quotes))

            #expect(again.unchanged == 3)
            #expect(again.version == 1)
            let slice = try await fixture.store.quotes(Self.minutes, in: Self.stretch, limit: nil)
            #expect(slice.records == quotes)
            let first = try await fixture.store.quotes(Self.minutes, in: Self.stretch, limit: 1)
            #expect(first.records == [quotes[0]])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func otherValuesReplaceAQuoteAndRefreshDeletesWhatVanished(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let quotes = [Quote.at("2026-01-05T10:00:00Z", 1), .at("2026-01-05T10:01:00Z", 1)]
            _ = try await fixture.store.storeQuotes(Self.piece(quotes))
            let changed = [Quote.at("2026-01-05T10:01:00Z", 2)]

            let fetched = try await fixture.store.storeQuotes(Self.piece(changed))
            #expect(fetched.revised == changed)
            #expect(fetched.records == [quotes[0], changed[0]])

            let refreshed = try await fixture.store.storeQuotes(Self.piece(changed, mode: .refresh))
            #expect(refreshed.removed == 1)
            #expect(refreshed.records == changed)
            #expect(refreshed.version == 3)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func coarserAndFinerSamplesShareRowsWithoutHurtingEachOther(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let onMinute = [Quote.at("2026-01-05T10:00:00Z", 1), .at("2026-01-05T10:01:00Z", 1)]
            let between = Quote.at("2026-01-05T10:00:30Z", 3)
            _ = try await fixture.store.storeQuotes(Self.piece(onMinute))
            let finer = try await fixture.store.storeQuotes(Self.piece([onMinute[0], between], Self.seconds))

            // The minute at 10:01 stays although the finer answer lacks it, because the coarser series covers it.
            #expect(finer.records == [onMinute[0], between, onMinute[1]])
            let minutes = try await fixture.store.quotes(Self.minutes, in: Self.stretch, limit: nil)
            #expect(minutes.records == onMinute)
            #expect(minutes.version == 1)

            // A refresh of the coarser one leaves alone what lies between its samples; a changed value is told to both.
            let changed = [Quote.at("2026-01-05T10:00:00Z", 9)]
            let refreshed = try await fixture.store.storeQuotes(Self.piece(changed, mode: .refresh))
            #expect(refreshed.version == 2)
            let seconds = try await fixture.store.quotes(Self.seconds, in: Self.stretch, limit: nil)
            #expect(seconds.records == [changed[0], between, onMinute[1]])
            #expect(seconds.version == 2)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newestPricesAreKeptWithTheirFetchTime(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let nothing = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(nothing.quote == nil && nothing.trade == nil && nothing.askedAt == nil)
            #expect(nothing.databaseNow == fixture.clock.now)
            let stored = fixture.clock.now
            let purchase = try await fixture.store.beginPurchase(
                NewPurchase(latestOf: "ES.c.0", provider: .globex, client: "bot", requestID: "1")
            )
            let quote = Quote.at("2026-01-07T11:59:58.123456789Z", 100)
            let trade = Trade(
                timestamp: time("2026-01-07T11:59:50Z"),
                price: -0.25,
                size: 2,
                side: .sell,
                sequence: .max
            )
            try await fixture.store.storeLatest(
                provider: .globex,
                symbol: "ES.c.0",
                quote: quote,
                trade: trade,
                purchase: purchase
            )

            fixture.clock.advance(seconds: 30)
            let latest = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(latest.quote == Fetched(quote, at: stored))
            #expect(latest.trade == Fetched(trade, at: stored))
            #expect(latest.askedAt == stored)
            #expect(latest.databaseNow == fixture.clock.now)
            let other = try await fixture.store.latestQuote(provider: .nasdaq, symbol: "ES.c.0")
            #expect(other.quote == nil)
            let ledger = try await fixture.store.ledger(LedgerQuery())
            #expect(ledger.map(\.request.kind) == [.latest])
            #expect(ledger.map(\.figures.recordCount) == [2])

            // Nothing new is remembered as having been asked.
            try await fixture.store.storeLatest(
                provider: .globex,
                symbol: "ES.c.0",
                quote: nil,
                trade: nil,
                purchase: nil
            )
            let asked = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(asked.quote == Fetched(quote, at: stored))
            #expect(asked.askedAt == fixture.clock.now)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newestQuoteInsideASeriesIsToldToItsReaders(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store.storeQuotes(Self.piece([.at("2026-01-05T10:00:00Z", 1)]))
            for (quote, version) in [
                (Quote.at("2026-01-05T10:00:00Z", 1), 1), (.at("2026-01-05T10:00:00Z", 2), 2),
                (.at("2026-01-05T10:03:00Z", 2), 3), (.at("2026-01-05T10:03:01Z", 2), 3),
                (.at("2026-01-05T10:10:00Z", 2), 3),
            ] as [(Quote, Int64)] {
                try await fixture.store.storeLatest(
                    provider: .globex,
                    symbol: "ES.c.0",
                    quote: quote,
                    trade: nil,
                    purchase: nil
                )
                let known = try await fixture.store.coverage(of: Self.minutes)
                #expect(known.version == version, "\(quote.timestamp)")
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newestQuoteOutsideTheKnownRangesSurvivesAFetchThatLacksIt(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let quote = Quote.at("2026-01-05T10:05:00Z", 1)
            try await fixture.store.storeLatest(
                provider: .globex,
                symbol: "ES.c.0",
                quote: quote,
                trade: nil,
                purchase: nil
            )

            let outcome = try await fixture.store.storeQuotes(Self.piece([]))

            #expect(outcome.records == [quote])
        }
    }

    @Test(
        arguments: [
            (Quote.at("2026-01-05T10:05:00Z", .nan), nil),
            (nil, Trade(timestamp: time("2026-01-05"), price: .infinity, size: 1, side: .none, sequence: 0)),
            (nil, Trade(timestamp: time("2026-01-05"), price: 1, size: -1, side: .none, sequence: 0)),
        ] as [(Quote?, Trade?)]
    )
    func unsoundNewestPricesAreRefused(_ quote: Quote?, trade: Trade?) async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            let error = await #expect(throws: StoreError.self) {
                try await fixture.store.storeLatest(
                    provider: .globex,
                    symbol: "ES.c.0",
                    quote: quote,
                    trade: trade,
                    purchase: nil
                )
            }

            #expect(error?.code == .invalidRecord)
            let latest = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(latest.askedAt == nil)
        }
    }
}
