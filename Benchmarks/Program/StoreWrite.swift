import MarketData
import MarketStore
import SQLDatabase

/// Bulk writes of one series' bars in one transaction: new rows, then the same rows with other prices.
enum StoreWrite {
    struct Figures: Encodable {
        /// The driver's bulk upsert alone.
        let upsertNewSeconds: Double
        let upsertChangedSeconds: Double
        /// All that storing an answer does: reading what is there, deciding, writing, coverage, version.
        let storeNewSeconds: Double
        let storeChangedSeconds: Double
    }

    static func run(url: String, symbol: String, count: Int) async throws -> Figures {
        let store = try await StoredMarket.connect(url)
        let new = (0..<count).map { Self.bar($0, raise: 0) }
        let changed = (0..<count).map { Self.bar($0, raise: 1) }
        let figures = Figures(
            upsertNewSeconds: try await Self.upsert(new, of: symbol + "U", to: store),
            upsertChangedSeconds: try await Self.upsert(changed, of: symbol + "U", to: store),
            storeNewSeconds: try await Self.store(new, of: symbol + "S", in: store),
            storeChangedSeconds: try await Self.store(changed, of: symbol + "S", in: store)
        )
        await store.database.close()
        return figures
    }

    private static func bar(_ index: Int, raise: Double) -> Bar {
        let base = 5_000 + Double(index % 97) + raise
        return Bar(
            timestamp: StoredMarket.time(index),
            open: base + 0.25,
            high: base + 2.5,
            low: base - 1.25,
            close: base + 1,
            volume: 100 + Double(index % 1_013)
        )
    }

    private static func upsert(_ bars: [Bar], of symbol: String, to store: MarketStore) async throws -> Double {
        try await Stopwatch.nanoseconds {
            let upsert = BulkUpsert(
                into: "bars_cache",
                columns: [
                    ("symbol", .constant(.text(symbol))),
                    ("timeframe", .constant(.text("1m"))),
                    ("timestamp", .integers(bars.map(\.timestamp.nanoseconds))),
                    ("open", .doubles(bars.map(\.open))),
                    ("high", .doubles(bars.map(\.high))),
                    ("low", .doubles(bars.map(\.low))),
                    ("close", .doubles(bars.map(\.close))),
                    ("volume", .doubles(bars.map(\.volume))),
                    ("provider", .constant(.text("simulated"))),
                    ("revision", .integers(bars.map { Int64($0.revision) })),
                    ("fetched_at", .constant(.integer(StoredMarket.start.nanoseconds))),
                ],
                onConflict: """
                    ON CONFLICT (symbol, timeframe, timestamp, provider) DO UPDATE SET
                        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
                        volume = excluded.volume, revision = excluded.revision, fetched_at = excluded.fetched_at
                    WHERE bars_cache.revision <= excluded.revision
                    """
            )
            let written = try await store.database.write { try $0.upsert(upsert) }
            guard written == bars.count else { throw BenchmarkError("\(written) rows were written") }
        } / 1e9
    }

    private static func store(_ bars: [Bar], of symbol: String, in store: MarketStore) async throws -> Double {
        guard let first = bars.first,
            let range = TimeRange(first.timestamp, StoredMarket.time(bars.count))
        else { throw BenchmarkError("there are no bars to be stored") }
        let piece = StoredPiece(
            series: try StoredMarket.series(symbol),
            records: bars,
            range: range,
            settledEnd: range.end,
            mode: .refresh
        )
        return try await Stopwatch.nanoseconds {
            let outcome = try await store.storeBars(piece)
            guard outcome.inserted + outcome.revised.count == bars.count else {
                throw BenchmarkError("\(outcome.inserted) bars were inserted, \(outcome.revised.count) revised")
            }
        } / 1e9
    }
}
