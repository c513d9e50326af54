import MarketData
import MarketStore

/// Stores a symbol's bars as a backfill does, piece by piece.
enum StorageFill {
    struct Figures: Encodable {
        let bars: Int
        let seconds: Double
    }

    /// How many bars a backfill stores in one transaction.
    static let pieceBars = 10_000

    static func run(
        url: String,
        file: String,
        symbol: String,
        timeframe: String,
        isPacked: Bool
    ) async throws -> Figures {
        let series = try Series(provider: .simulated, symbol: symbol, timeframe: try Timeframe(parsing: timeframe))
        let bars = try BarFile.read(file)
        let pieces = try stride(from: 0, to: bars.count, by: Self.pieceBars).map { start in
            let records = Array(bars[start..<min(start + Self.pieceBars, bars.count)])
            return try Self.piece(records, of: series, before: bars[min(start + Self.pieceBars, bars.count - 1)])
        }
        let store = try await StoredMarket.connect(url, packAfter: isPacked ? MarketStore.packAfterDefault : nil)
        let nanoseconds = try await Stopwatch.nanoseconds {
            for piece in pieces {
                let outcome = try await store.storeBars(piece)
                guard outcome.inserted == piece.records.count else {
                    throw BenchmarkError("\(outcome.inserted) of \(piece.records.count) bars were stored")
                }
            }
        }
        await store.database.close()
        return Figures(bars: bars.count, seconds: nanoseconds / 1e9)
    }

    /// A piece up to the next one's first bar.
    private static func piece(_ records: [Bar], of series: Series, before next: Bar) throws -> StoredPiece<Bar> {
        guard let first = records.first, let last = records.last,
            let range = TimeRange(
                first.timestamp,
                max(next.timestamp, series.timeframe.end(ofPeriodStarting: last.timestamp))
            )
        else { throw BenchmarkError("there are no bars to be stored") }
        return StoredPiece(series: series, records: records, range: range, settledEnd: range.end, revisions: .given)
    }
}
