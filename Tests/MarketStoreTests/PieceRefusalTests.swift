import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct PieceRefusalTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z")

    private static func bar(_ change: (inout Bar) -> Void) -> Bar {
        var bar = Bar.at("2026-01-05T01:00:00Z", 100)
        change(&bar)
        return bar
    }

    @Test(
        arguments: [
            ([bar { $0.high = 98 }], "between low and high"),
            ([bar { $0.open = 150 }], "between low and high"),
            ([bar { $0.low = 100.25 }], "between low and high"),
            ([bar { $0.volume = -1 }], "volume"),
            ([bar { $0.volume = .nan }], "volume"),
            ([bar { $0.open = .nan }], "open"),
            ([bar { $0.revision = 0 }], "revision"),
            ([bar { $0.timestamp = time("2026-01-05T01:00:01Z") }], "multiple of 1h"),
            ([bar { $0.timestamp = time("2026-01-05T04:00:00Z") }], "outside its piece's range"),
            ([bar { $0.timestamp = time("2026-01-04T23:00:00Z") }], "outside its piece's range"),
            ([bar { _ in }, bar { _ in }], "comes twice"),
            ([bar { _ in }, bar { $0.timestamp = time("2026-01-05T00:00:00Z") }], "after a later one"),
        ] as [([Bar], String)]
    )
    func unsoundBarIsRefusedWithItsTime(_ bars: [Bar], reason: String) async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            let error = await #expect(throws: StoreError.self) {
                try await fixture.store(bars, Self.stretch, settledEnd: "2026-01-06")
            }

            #expect(error?.code == .invalidRecord)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("\(bars[bars.count - 1].timestamp)") == true, "\(error?.message ?? "")")
            let slice = try await fixture.everything()
            #expect(slice.version == 0)
        }
    }

    @Test(arguments: [
        Quote(timestamp: time("2026-01-05T01:00:00Z"), bidPrice: .nan, askPrice: 1, bidSize: 1, askSize: 1),
        Quote(timestamp: time("2026-01-05T01:00:00Z"), bidPrice: 1, askPrice: 9.3e9, bidSize: 1, askSize: 1),
        Quote(timestamp: time("2026-01-05T01:00:00Z"), bidPrice: 1, askPrice: 1, bidSize: -1, askSize: 1),
        Quote(timestamp: time("2026-01-05T01:00:00Z"), bidPrice: 1, askPrice: 1, bidSize: 1, askSize: .infinity),
        Quote(timestamp: time("2026-01-05T01:00:30Z"), bidPrice: 1, askPrice: 1, bidSize: 1, askSize: 1),
    ])
    func unsoundQuoteIsRefused(_ quote: Quote) async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            let series = Series.of("ES.c.0", .oneMinute, kind: .quotes)
            let piece = StoredPiece(
                series: series,
                records: [quote],
                range: Self.stretch,
                settledEnd: time("2026-01-06")
            )

            let error = await #expect(throws: StoreError.self) { try await fixture.store.storeQuotes(piece) }

            #expect(error?.code == .invalidRecord)
            #expect(error?.message.contains("\(quote.timestamp)") == true)
            let known = try await fixture.store.coverage(of: series)
            #expect(known.version == 0)
        }
    }

    @Test func seriesOfOtherRecordsIsRefused() async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            let quotes = Series.of("ES.c.0", .oneMinute, kind: .quotes)

            let stored = await #expect(throws: StoreError.self) {
                try await fixture.store([], Self.stretch, settledEnd: "2026-01-06", series: quotes)
            }
            let read = await #expect(throws: StoreError.self) {
                try await fixture.store.bars(quotes, in: Self.stretch, limit: nil)
            }

            #expect(stored?.code == .invalidArgument)
            #expect(read?.code == .invalidArgument)
        }
    }

    @Test func negativeLimitsAreRefused() async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            for call in [
                { _ = try await fixture.store.bars(.of(), in: Self.stretch, limit: -1) },
                { _ = try await fixture.store.recentBars(.of(), before: Self.stretch.end, count: -1) },
                { _ = try await fixture.store.ledger(LedgerQuery(limit: 0)) },
                { _ = try await fixture.store.ledgerTotals(LedgerQuery(limit: LedgerQuery.limitMax + 1)) },
                { _ = try await fixture.store.seriesList(limit: 0) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await call() }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test(arguments: [[], [.globex, .globex], [ProviderID](repeating: .globex, count: 17)] as [[ProviderID]])
    func mergedReadNeedsDifferentProviders(_ providers: [ProviderID]) async throws {
        try await StoreFixture.with(.sqliteMemory) { fixture in
            let error = await #expect(throws: StoreError.self) {
                try await fixture.store.bars(
                    symbol: "ES.c.0",
                    timeframe: .oneHour,
                    in: Self.stretch,
                    priority: providers,
                    limit: nil
                )
            }
            #expect(error?.code == .invalidArgument)
        }
    }
}
