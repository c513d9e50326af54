import Logging
import MarketData
import MarketStore
import SQLDatabase
import Tapedeck

/// What reading a stretch of a day costs from memory, from a block that memory could hold in place of bars, and from the
/// database's block: whether memory should hold blocks.
enum PackedMemory {
    struct Figures: Encodable {
        let barsOfDay: Int
        let blockBytes: Int
        let rounds: [Round]
    }

    /// Microseconds of a read, by where it is from and by how many bars it has.
    struct Round: Encodable {
        var hour: Times
        var day: Times
    }

    struct Times: Encodable {
        var memory: Double
        var block: Double
        var database: Double
    }

    private static let reads = 500
    private static let symbol = "ES.c.0"

    static func run(url: String, rounds: Int) async throws -> Figures {
        let day = Timeframe.oneDay.nanoseconds
        let start = SimulatedWorld.dayStart.advancedSaturating(byNanoseconds: -30 * day)
        guard let whole = TimeRange(start, start.advancedSaturating(byNanoseconds: day)),
            let hour = TimeRange(
                start.advancedSaturating(byNanoseconds: day / 2),
                start.advancedSaturating(byNanoseconds: day / 2 + Timeframe.oneHour.nanoseconds)
            )
        else { throw BenchmarkError("the day is empty") }
        let series = try Series(provider: .simulated, symbol: Self.symbol, timeframe: .oneMinute)
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart)
        let bars = try world.market().bars(of: Self.symbol, .oneMinute, in: whole, asOf: world.now)
        let store = try await StoredMarket.connect(url, packAfter: MarketStore.packAfterDefault)
        _ = try await store.storeBars(
            StoredPiece(series: series, records: bars, range: whole, settledEnd: whole.end)
        )
        var encoder = try BlockEncoder()
        let content = FetchedBars(bars: bars, fetchedAt: bars.map { _ in world.now })
        let block = try encoder.encode(content, of: series)
        let figures = try await SimulatedWorld.running(world.makeTimedCache()) { cache in
            var figures: [Round] = []
            for _ in 0..<rounds {
                let times = try await [hour, whole].asyncMap { range in
                    try await Self.times(range, of: series, cache, store, block: block, in: whole, count: bars.count)
                }
                figures.append(Round(hour: times[0], day: times[1]))
            }
            return figures
        }
        await store.database.close()
        return Figures(barsOfDay: bars.count, blockBytes: block.count, rounds: figures)
    }

    private static func times(
        _ range: TimeRange,
        of series: Series,
        _ cache: MarketDataCache,
        _ store: MarketStore,
        block: [UInt8],
        in stretch: TimeRange,
        count: Int
    ) async throws -> Times {
        let request = BarsRequest(
            symbol: series.symbol,
            timeframe: series.timeframe,
            provider: series.provider,
            span: .range(range),
            client: "benchmarks",
            requestID: "packed-memory"
        )
        let expected = try await cache.bars(request).bars.count
        let memory = try await Stopwatch.nanoseconds {
            for _ in 0..<Self.reads {
                let answer = try await cache.bars(request)
                guard answer.bars.count == expected, answer.tier == .memory else {
                    throw BenchmarkError("\(answer.bars.count) bars came from \(answer.tier)")
                }
            }
        }
        var decoder = try BlockDecoder()
        let unpacked = try Stopwatch.nanoseconds {
            for _ in 0..<Self.reads {
                let bars = try decoder.content(block, of: series, in: stretch, barCount: count).bars
                guard bars.count(where: { range.contains($0.timestamp) }) == expected else {
                    throw BenchmarkError("the block has other bars")
                }
            }
        }
        let database = try await Stopwatch.nanoseconds {
            for _ in 0..<Self.reads {
                let slice = try await store.bars(series, in: range, limit: nil)
                guard slice.records.count == expected else {
                    throw BenchmarkError("the database has \(slice.records.count) bars")
                }
            }
        }
        let scale = Double(Self.reads) * 1_000
        return Times(memory: memory / scale, block: unpacked / scale, database: database / scale)
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var result: [Value] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
