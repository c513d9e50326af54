import Foundation
import MarketData
import MarketStore

/// Reads of ranges from the database, one after the other.
enum StorageRead {
    struct Figures: Encodable {
        let microsecondsP50: Double
        let bars: Int
        /// The sum of all closing prices and volumes: shows that others read the same.
        let checksum: Double
    }

    private static let warmUps = 30

    /// Reads the places of a file, which has a line `SYMBOL START END` for each, times in nanoseconds.
    static func run(url: String, timeframe: String, places: String) async throws -> Figures {
        let timeframe = try Timeframe(parsing: timeframe)
        let places = try String(contentsOfFile: places, encoding: .utf8).split(separator: "\n").map {
            try Self.place($0, timeframe)
        }
        let store = try await StoredMarket.connect(url)
        for place in places.prefix(Self.warmUps) {
            _ = try await store.bars(place.series, in: place.range, limit: nil)
        }
        var times: [Double] = []
        var bars = 0
        var checksum = 0.0
        for place in places {
            var records: [Bar] = []
            times.append(
                try await Stopwatch.nanoseconds {
                    records = try await store.bars(place.series, in: place.range, limit: nil).records
                } / 1_000
            )
            bars += records.count
            checksum += records.reduce(0) { $0 + $1.close + $1.volume }
        }
        await store.database.close()
        return Figures(microsecondsP50: times.percentile(0.5), bars: bars, checksum: checksum)
    }

    private static func place(_ line: Substring, _ timeframe: Timeframe) throws -> (series: Series, range: TimeRange) {
        let words = line.split(separator: " ")
        guard words.count == 3, let start = Int64(words[1]), let end = Int64(words[2]),
            let range = TimeRange(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end))
        else { throw BenchmarkError("'\(line)' is no place") }
        return (try Series(provider: .simulated, symbol: String(words[0]), timeframe: timeframe), range)
    }
}
