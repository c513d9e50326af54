import AllocationCounter
import Foundation
import Logging
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck

/// Counts what reads that memory answers ask the allocator for, and fails when that is more than one block each: the
/// answer's bars.
///
/// To be built with optimisation: without it the compiler puts into blocks of memory what it else keeps on the stack.
/// Frames of asynchronous calls come from the task's own stack; it grows during the first reads, which are not counted.
@main
enum ReadAllocations {
    /// Reads of each measurement; a block that one of them asks for by the way shows as a fraction.
    private static let readsCount = 100_000

    static func main() async throws {
        guard allocation_counter_is_available() else {
            print("Allocations are counted on Linux with glibc and without sanitizers only.")
            exit(2)
        }
        let database = try await Database.connect(
            "sqlite::memory:",
            configuration: Database.Configuration(),
            logger: .silent
        )
        let cache = try await Self.cache(over: database)
        let isOne = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cache.run() }
            defer { group.cancelAll() }
            return try await Self.measure(cache)
        }
        await database.close()
        exit(isOne ? 0 : 1)
    }

    /// Whether every kind of read asks for one block.
    private static func measure(_ cache: MarketDataCache) async throws -> Bool {
        let day = try TimeRange(
            start: Timestamp(parsing: "2026-01-13T00:00:00Z"),
            end: Timestamp(parsing: "2026-01-14T00:00:00Z")
        )
        var isOne = true
        for (name, span, timeframe) in [
            ("the newest 24 bars of 1h", BarsRequest.Span.last(24), Timeframe.oneHour),
            ("the newest 60 bars of 1m", .last(60), .oneMinute), ("a day of 1h bars", .range(day), .oneHour),
            ("a day of 1m bars", .range(day), .oneMinute),
        ] {
            let request = BarsRequest(
                symbol: "ES.c.0",
                timeframe: timeframe,
                provider: nil,
                span: span,
                refresh: false,
                client: "read-allocations",
                requestID: "1"
            )
            for _ in 0..<10 { _ = try await cache.bars(request) }
            guard try await cache.bars(request).tier == .memory else {
                print("\(name): not answered from memory")
                return false
            }
            let count = try await Self.allocations(of: request, cache)
            print("\(name): \(Double(count) / Double(Self.readsCount)) allocations a read")
            isOne = isOne && count == Self.readsCount
        }
        return isOne
    }

    /// The blocks that all reads ask for together.
    ///
    /// A read that memory answers does not suspend, so all of them run on this thread.
    private static func allocations(of request: BarsRequest, _ cache: MarketDataCache) async throws -> Int {
        let before = allocation_counter_of_this_thread()
        for _ in 0..<Self.readsCount { _ = try await cache.bars(request) }
        return allocation_counter_of_this_thread() - before
    }

    private static func cache(over database: Database) async throws -> MarketDataCache {
        let now = try Timestamp(parsing: "2026-01-14T15:30:30Z")
        let store = MarketStore(database: database, logger: .silent)
        try await store.migrate()
        let provider = try SimulatedProvider(clock: ContinuousClock(), wallClock: { now })
        var configuration = MarketDataCache.Configuration()
        // Nothing expires while it is measured.
        configuration.freshness.provisionalLimits = .seconds(86_400) ... .seconds(86_400)
        return MarketDataCache(
            store: store,
            providers: ProviderRegistry(preferred: [.simulated], factories: ["simulated": { _ in provider }]),
            configuration: configuration,
            clock: ContinuousClock(),
            wallClock: { now },
            logger: .silent
        )
    }
}

extension Logger {
    fileprivate static var silent: Logger { Logger(label: "read-allocations") { _ in SwiftLogNoOpLogHandler() } }
}
