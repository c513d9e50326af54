import Foundation
import MarketData
import Tapedeck

/// A worker that stores nothing and is asked for what others have stored.
enum FleetRead {
    struct Figures: Encodable {
        /// When memory first had each bar, in nanoseconds of the clock that all processes share; 0 for a bar that it did not
        /// have within two seconds.
        let hits: [Int64]
        /// Ranges that were brought into memory.
        let warmed: Int
        /// Comparisons with the database; those after a start count.
        let compares: Int
        /// Series that these found changed.
        let reloads: Int
        /// Messages that were missed.
        let missed: Int
    }

    /// How long a bar is looked for.
    private static let patience: Int64 = 2_000_000_000

    /// From one look at memory to the next, in microseconds.
    private static let lookInterval: UInt32 = 20

    /// Looks until memory has `count` bars of the series; with 0 it only takes in what is told, until it is told to end.
    static func run(url: String, symbol: String, count: Int) async throws -> Figures {
        try await FleetWorker.running(url, isTold: true) { worker in
            await FleetWorker.awaitSignal()
            let cache = worker.cache
            let requests = try (0..<count).map { try FleetWorker.request(symbol, $0..<($0 + 1)) }
            // On a thread of its own, so that looking keeps none of the worker's from its work.
            let hits = await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: Self.look(for: requests, in: cache)) }
            }
            let figures = cache.statistics().fleet
            return Figures(
                hits: hits,
                warmed: figures.warmed,
                compares: figures.compares,
                reloads: figures.reloads,
                missed: figures.missed
            )
        }
    }

    private static func look(for requests: [BarsRequest], in cache: MarketDataCache) -> [Int64] {
        // Else the system lets each sleep end 50 µs late.
        try? "1".write(toFile: "/proc/thread-self/timerslack_ns", atomically: false, encoding: .utf8)
        return requests.map { request in
            let begun = Stopwatch.sharedNanoseconds
            while cache.heldBars(request) == nil {
                guard Stopwatch.sharedNanoseconds - begun < Self.patience else { return 0 }
                usleep(Self.lookInterval)
            }
            return Stopwatch.sharedNanoseconds
        }
    }
}
