import MarketData
import Testing

/// What names a series, and the small rules of the values.
@Suite struct IdentityTests {
    @Test(
        arguments: [
            ("simulated", "simulated", nil), ("Simulated", "simulated", nil),
            ("databento/GLBX.MDP3", "databento/GLBX.MDP3", "GLBX.MDP3"),
            ("DataBento/glbx.mdp3", "databento/GLBX.MDP3", "GLBX.MDP3"), ("a_b-c.d/0", "a_b-c.d/0", "0"),
        ] as [(String, String, String?)]
    )
    func aProviderIsReadInItsCanonicalSpelling(text: String, spelling: String, dataset: String?) throws {
        let provider = try ProviderID(parsing: text)

        #expect(provider.description == spelling && provider.dataset == dataset)
        #expect(provider.name == spelling.split(separator: "/").first.map(String.init))
        #expect(try ProviderID(parsing: provider.description) == provider)
    }

    @Test(arguments: [
        "", "/", "a/", "/B", "a/b/c", "a b", "a/b c", "é", "a\n", "a%2Fb", "..", "../..", "a/..", "-a", ".a/b", "a/_b",
        String(repeating: "a", count: 65),
    ])
    func anotherSpellingIsRefused(text: String) {
        let error = #expect(throws: MarketDataError.self) { try ProviderID(parsing: text) }
        #expect(error?.code == .malformedProvider)
    }

    @Test(arguments: ["E", "ES.c.0", "ESZ6", "instrument_id:5482", "UD:1V: VT 2512", String(repeating: "x", count: 70)])
    func aSymbolOfPrintableASCIIIsAccepted(symbol: String) throws {
        let series = try Series(provider: .simulated, symbol: symbol, timeframe: .oneHour)

        #expect(series.symbol == symbol && series.description == "simulated \(symbol) 1h")
    }

    @Test(arguments: ["", " ", " ES", "ES ", "E\nS", "E\u{0}S", "\u{7F}", "é", "ＥＳ", String(repeating: "x", count: 71)])
    func anotherSymbolIsRefused(symbol: String) throws {
        let error = #expect(throws: MarketDataError.self) {
            try Series(provider: .simulated, symbol: symbol, timeframe: .oneHour)
        }
        #expect(error?.code == .malformedSymbol)
        #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 } == true)
    }

    @Test func seriesDifferByEachOfTheirParts() throws {
        let series = try Series(provider: .simulated, symbol: "ES", timeframe: .oneMinute)
        let others = [
            try Series(provider: ProviderID(parsing: "other"), symbol: "ES", timeframe: .oneMinute),
            try Series(provider: .simulated, symbol: "es", timeframe: .oneMinute),
            try Series(provider: .simulated, symbol: "ES", timeframe: .oneHour),
            try Series(provider: .simulated, symbol: "ES", timeframe: .oneMinute, kind: .quotes),
        ]

        #expect(!others.contains(series) && others.last?.description == "simulated ES 1m quotes")
    }

    @Test func aRangeIsNeverEmpty() throws {
        let time = Timestamp(nanoseconds: 5)
        let error = #expect(throws: MarketDataError.self) { try TimeRange(start: time, end: time) }

        #expect(error?.code == .emptyRange && TimeRange(time, time) == nil)
        #expect(TimeRange(time, Timestamp(nanoseconds: 4)) == nil)
    }

    @Test func quotesWithBothSidesHaveAMiddleAndASpread() {
        var quote = Quote(timestamp: Timestamp(nanoseconds: 0), bidPrice: -1.5, askPrice: 0.5, bidSize: 1, askSize: 1)
        #expect(quote.middle == -0.5 && quote.spread == 2)

        quote.askPrice = nil
        #expect(quote.middle == nil && quote.spread == nil)
    }

    @Test func barsAreComparedByTheBitsOfTheirValues() {
        let bar = Bar(timestamp: Timestamp(nanoseconds: 0), open: 0, high: 1, low: -1, close: 0, volume: 2)
        var other = bar
        other.revision = 7
        other.isFinal = false
        #expect(bar.hasSameValues(as: other))

        other.open = -0.0
        #expect(!bar.hasSameValues(as: other))
    }
}
