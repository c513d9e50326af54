import MarketData
import MarketStore

/// Reads of a series' newest bars before some time from the database, one after the other.
enum StoreRead {
    struct Figures: Encodable {
        let microsecondsP50: Double
        let microsecondsP99: Double
    }

    private static let warmUps = 50

    static func run(url: String, symbols: Int, barsPerSymbol: Int, count: Int, reads: Int) async throws -> Figures {
        let store = try await StoredMarket.connect(url)
        let series = try (0..<symbols).map { try StoredMarket.series("B\($0)") }
        // The same places are read by the programs that this one is compared with.
        var places = Places(symbols: symbols, bars: barsPerSymbol, count: count)
        var times: [Double] = []
        for read in 0..<(reads + Self.warmUps) {
            let (symbol, end) = places.next()
            var found = 0
            let nanoseconds = try await Stopwatch.nanoseconds {
                let slice = try await store.recentBars(series[symbol], before: StoredMarket.time(end), count: count)
                found = slice.records.count
            }
            guard found == count else { throw BenchmarkError("\(found) bars were read instead of \(count)") }
            if read >= Self.warmUps { times.append(nanoseconds / 1_000) }
        }
        await store.database.close()
        return Figures(microsecondsP50: times.percentile(0.5), microsecondsP99: times.percentile(0.99))
    }
}

/// Which series is read up to which bar: a fixed sequence that looks random.
private struct Places {
    let symbols: Int
    let bars: Int
    let count: Int
    private var state: UInt64 = 1

    init(symbols: Int, bars: Int, count: Int) {
        self.symbols = symbols
        self.bars = bars
        self.count = count
    }

    mutating func next() -> (symbol: Int, end: Int) {
        let symbol = self.random(below: self.symbols)
        return (symbol, self.count + self.random(below: self.bars - self.count + 1))
    }

    private mutating func random(below limit: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((self.state >> 33) % UInt64(limit))
    }
}
