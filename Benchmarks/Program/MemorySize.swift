import CMalloc
import MarketData
import Tapedeck

/// What a bar takes of the process's memory while it is held.
enum MemorySize {
    struct Figures: Encodable {
        /// Bytes a bar when whole ranges came from the database.
        let loadedBytesPerBar: Double
        let loadedBars: Int
        /// Bytes a bar when they came one by one, minute after minute.
        let grownBytesPerBar: Double
        let grownBars: Int
    }

    private static let symbols = ["ES", "NQ", "CL", "GC", "ZN", "RTY", "YM", "SI", "6E", "NG"].map { $0 + ".c.0" }
    private static let minute = Timeframe.oneMinute.nanoseconds

    static func run() async throws -> Figures {
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart)
        let loaded = try await Self.measure(world) { cache in
            let end = world.now
            guard let range = TimeRange(end.advancedSaturating(byNanoseconds: -1_000 * Self.minute), end) else { return }
            for symbol in Self.symbols { _ = try await cache.bars(Self.request(symbol, .range(range))) }
        }
        let grown = try await Self.measure(world) { cache in
            for _ in 0..<300 {
                for symbol in Self.symbols { _ = try await cache.bars(Self.request(symbol, .last(60))) }
                try await world.advance(to: world.now.advancedSaturating(byNanoseconds: Self.minute))
            }
        }
        return Figures(
            loadedBytesPerBar: loaded.bytes / Double(loaded.bars),
            loadedBars: loaded.bars,
            grownBytesPerBar: grown.bytes / Double(grown.bars),
            grownBars: grown.bars
        )
    }

    private static func request(_ symbol: String, _ span: BarsRequest.Span) -> BarsRequest {
        BarsRequest(symbol: symbol, timeframe: .oneMinute, span: span, client: "benchmark", requestID: "1")
    }

    /// The bytes that are given back when a cache of its own is dropped after `body` has filled it.
    private static func measure(
        _ world: SimulatedWorld,
        _ body: @Sendable (MarketDataCache) async throws -> Void
    ) async throws -> (bytes: Double, bars: Int) {
        var cache: MarketDataCache? = world.makeCache()
        if let cache { try await SimulatedWorld.running(cache) { try await body($0) } }
        guard let bars = cache?.statistics().barsHeld, bars > 1_000 else {
            throw BenchmarkError("the cache holds too few bars to be measured")
        }
        let full = Self.allocatedBytes
        cache = nil
        return (Double(full) - Double(Self.allocatedBytes), bars)
    }

    /// What the allocator has given out, in all arenas.
    private static var allocatedBytes: Int {
        let info = mallinfo2()
        return Int(info.uordblks) + Int(info.hblkhd)
    }
}
