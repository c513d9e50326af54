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
        var cacheScaling: Scaling
        var dictionaryScaling: Scaling
    }

    /// Reads per second of two threads to those of one, by what the two read.
    struct Scaling: Encodable {
        /// Each five series of its own.
        var apart: Double
        /// Both the same ten series.
        var together: Double
        /// Both one series.
        var one: Double
    }

    struct Figures: Encodable {
        let rounds: [Round]
    }

    private static let reads = 200_000
    private static let symbols = ["ES", "NQ", "CL", "GC", "ZN", "RTY", "YM", "SI", "6E", "NG"].map { $0 + ".c.0" }

    static func run(rounds: Int) async throws -> Figures {
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart, configuration: Self.configuration)
        return try await SimulatedWorld.running(world.makeTimedCache()) { cache in
            let requests = Self.symbols.map {
                BarsRequest(symbol: $0, timeframe: .oneHour, span: .last(24), client: "benchmark", requestID: "1")
            }
            let dictionary = LockedDictionary()
            for request in requests {
                dictionary.set(request.symbol, request.timeframe, try await cache.bars(request).bars)
            }
            guard try await cache.bars(requests[0]).tier == .memory else {
                throw BenchmarkError("the second read did not come from memory")
            }
            var figures: [Round] = []
            for _ in 0..<rounds {
                let (cacheTime, cacheScaling) = try await Self.measure(requests, cache)
                let (plainTime, plainScaling) = try await Self.measure(requests, dictionary)
                figures.append(
                    Round(
                        cacheNanoseconds: cacheTime,
                        dictionaryNanoseconds: plainTime,
                        cacheScaling: cacheScaling,
                        dictionaryScaling: plainScaling
                    )
                )
            }
            return Figures(rounds: figures)
        }
    }

    /// Nothing expires while it is measured.
    private static var configuration: MarketDataCache.Configuration {
        var configuration = MarketDataCache.Configuration()
        configuration.freshness.provisionalLimits = .seconds(86_400) ... .seconds(86_400)
        return configuration
    }

    /// The time of a read on one thread, and what two threads do beside it.
    private static func measure(
        _ requests: [BarsRequest],
        _ reader: some BarsReading
    ) async throws -> (nanoseconds: Double, scaling: Scaling) {
        let middle = requests.count / 2
        let turned = Array(requests[middle...] + requests[..<middle])
        let alone = try await Self.nanoseconds([requests], reader)
        let apart = try await Self.nanoseconds([Array(requests[..<middle]), Array(requests[middle...])], reader)
        let together = try await Self.nanoseconds([requests, turned], reader)
        let one = try await Self.nanoseconds([[requests[0]], [requests[0]]], reader)
        return (alone, Scaling(apart: 2 * alone / apart, together: 2 * alone / together, one: 2 * alone / one))
    }

    /// The nanoseconds from start to end of tasks that read at once, each its requests in turn, for one read of one task.
    private static func nanoseconds(
        _ tasks: [[BarsRequest]],
        _ reader: some BarsReading
    ) async throws -> Double {
        let total = try await Stopwatch.nanoseconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for requests in tasks {
                    group.addTask {
                        var count = 0
                        for index in 0..<Self.reads {
                            count += try await reader.readCount(requests[index % requests.count])
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

/// What is measured.
private protocol BarsReading: Sendable {
    /// Reads bars and says how many there are.
    func readCount(_ request: BarsRequest) async throws -> Int
}

extension MarketDataCache: BarsReading {
    func readCount(_ request: BarsRequest) async throws -> Int { try await self.bars(request).bars.count }
}

extension LockedDictionary: BarsReading {
    func readCount(_ request: BarsRequest) -> Int { self.get(request.symbol, request.timeframe).count }
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
