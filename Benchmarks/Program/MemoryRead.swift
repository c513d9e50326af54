import Locking
import MarketData
import Tapedeck

/// Reads of 24 recent bars from memory, on one thread and on two, beside a dictionary under a lock.
enum MemoryRead {
    /// What one round measured; times are those of one read.
    struct Round: Encodable {
        var cacheNanoseconds: Double
        var dictionaryNanoseconds: Double
        /// Reads per second of two threads, divided by those of one.
        var cacheScaling: Double
        var dictionaryScaling: Double
    }

    struct Figures: Encodable {
        let rounds: [Round]
    }

    private static let reads = 200_000
    private static let symbols = ["ES", "NQ", "CL", "GC", "ZN", "RTY", "YM", "SI", "6E", "NG"].map { $0 + ".c.0" }

    static func run(rounds: Int) async throws -> Figures {
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart)
        return try await world.running { world in
            let requests = Self.symbols.map {
                BarsRequest(symbol: $0, timeframe: .oneHour, span: .last(24), client: "benchmark", requestID: "1")
            }
            let dictionary = LockedDictionary()
            for request in requests {
                dictionary.set(request.symbol, request.timeframe, try await world.cache.bars(request).bars)
            }
            guard try await world.cache.bars(requests[0]).tier == .memory else {
                throw BenchmarkError("the second read did not come from memory")
            }
            var figures: [Round] = []
            for _ in 0..<rounds {
                let cache = try await Self.cacheReads(world.cache, requests, tasks: 1)
                let plain = try await Self.dictionaryReads(dictionary, requests, tasks: 1)
                let cacheOnTwo = try await Self.cacheReads(world.cache, requests, tasks: 2)
                let plainOnTwo = try await Self.dictionaryReads(dictionary, requests, tasks: 2)
                figures.append(
                    Round(
                        cacheNanoseconds: cache,
                        dictionaryNanoseconds: plain,
                        cacheScaling: 2 * cache / cacheOnTwo,
                        dictionaryScaling: 2 * plain / plainOnTwo
                    )
                )
            }
            return Figures(rounds: figures)
        }
    }

    /// The nanoseconds from start to end of `tasks` tasks that read at once, for one read of one of them.
    private static func cacheReads(_ cache: MarketDataCache, _ requests: [BarsRequest], tasks: Int) async throws -> Double {
        let total = try await Stopwatch.nanoseconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var count = 0
                        for read in 0..<Self.reads {
                            let answer = try await cache.bars(requests[(read + task * 5) % requests.count])
                            count += answer.bars.count
                        }
                        guard count == Self.reads * 24 else { throw BenchmarkError("\(count) bars were read") }
                    }
                }
                try await group.waitForAll()
            }
        }
        return total / Double(Self.reads)
    }

    private static func dictionaryReads(
        _ dictionary: LockedDictionary,
        _ requests: [BarsRequest],
        tasks: Int
    ) async throws -> Double {
        let total = try await Stopwatch.nanoseconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var count = 0
                        for read in 0..<Self.reads {
                            let request = requests[(read + task * 5) % requests.count]
                            count += dictionary.get(request.symbol, request.timeframe).count
                        }
                        guard count == Self.reads * 24 else { throw BenchmarkError("\(count) bars were read") }
                    }
                }
                try await group.waitForAll()
            }
        }
        return total / Double(Self.reads)
    }
}

/// What memory's reads are compared with: the bars as they were answered, by symbol and timeframe.
private final class LockedDictionary: Sendable {
    private struct Key: Hashable {
        let symbol: String
        let timeframe: Timeframe
    }

    private let bars = Locked<[Key: [Bar]]>([:])

    func set(_ symbol: String, _ timeframe: Timeframe, _ bars: [Bar]) {
        self.bars.withLock { $0[Key(symbol: symbol, timeframe: timeframe)] = bars }
    }

    func get(_ symbol: String, _ timeframe: Timeframe) -> [Bar] {
        self.bars.withLock { $0[Key(symbol: symbol, timeframe: timeframe)] ?? [] }
    }
}
