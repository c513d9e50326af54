import Logging
import MarketData
import MarketStore
import SQLDatabase

/// A database full of 1-minute bars: symbols `B0`, `B1`, …, each with as many bars from the same minute on.
enum StoredMarket {
    struct Filled: Encodable {
        let bars: Int
    }

    static let start = Timestamp(nanoseconds: 1_577_836_800_000_000_000)
    private static let minute = Timeframe.oneMinute.nanoseconds

    /// A store that keeps bars as rows, or packs those that are as old.
    static func connect(_ url: String, packAfter: Duration? = nil) async throws -> MarketStore {
        let logger = Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        let database = try await Database.connect(url, logger: logger)
        let store = MarketStore(database: database, packAfter: packAfter, logger: logger)
        try await store.migrate()
        return store
    }

    static func series(_ symbol: String) throws -> Series {
        try Series(provider: .simulated, symbol: symbol, timeframe: .oneMinute)
    }

    /// The time of a series' bar number `index`.
    static func time(_ index: Int) -> Timestamp {
        self.start.advancedSaturating(byNanoseconds: Int64(index) * self.minute)
    }

    /// Adds symbols with numbers from `first` to below `end`.
    ///
    /// The rows are made by the database itself, as Tapedeck would have stored them; what is known is stored by Tapedeck.
    static func fill(url: String, first: Int, end: Int, barsPerSymbol: Int) async throws -> Filled {
        let store = try await self.connect(url)
        guard let range = TimeRange(self.start, self.time(barsPerSymbol)) else { return Filled(bars: 0) }
        for symbol in first..<end {
            let series = try self.series("B\(symbol)")
            _ = try await store.storeBars(StoredPiece(series: series, records: [], range: range, settledEnd: range.end))
            let numbers =
                switch store.database.dialect {
                case .postgres: "generate_series(0, \(barsPerSymbol - 1)) AS numbers(n)"
                case .sqlite: "generated"
                }
            let head =
                switch store.database.dialect {
                case .postgres: ""
                case .sqlite:
                    "WITH RECURSIVE generated(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM generated "
                        + "WHERE n < \(barsPerSymbol - 1)) "
                }
            let sql = """
                INSERT INTO bars_cache (symbol, timeframe, timestamp, open, high, low, close, volume, provider, revision,
                    fetched_at)
                \(head)SELECT 'B\(symbol)', '1m', \(self.start.nanoseconds) + n * CAST(\(self.minute) AS BIGINT),
                    5000.25 + n % 97, 5002.5 + n % 97, 4998.75 + n % 97, 5001.0 + n % 97, 100.0 + n % 1013, 'simulated',
                    1, \(self.start.nanoseconds)
                FROM \(numbers)
                """
            try await store.database.write(timeout: .seconds(600)) { try $0.execute(sql) }
        }
        if store.database.dialect == .postgres {
            // What the server does by itself in the background, before the clock runs.
            try await store.database.write(timeout: .seconds(600)) { try $0.execute("ANALYZE bars_cache") }
        }
        await store.database.close()
        return Filled(bars: (end - first) * barsPerSymbol)
    }
}
