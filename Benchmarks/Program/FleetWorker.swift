import Foundation
import Logging
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck

/// A worker of a fleet, without the server before it: what it stores it tells the others.
struct FleetWorker {
    let cache: MarketDataCache
    let provider: OneBarProvider

    /// Runs `body` with a worker.
    ///
    /// With `isTold` it hears the others' notices and tells them of its commits, and `body` begins once it is heard.
    static func running<Value: Sendable>(
        _ url: String,
        isTold: Bool,
        interval: Duration = .zero,
        _ body: @Sendable (FleetWorker) async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        let store = try await StoredMarket.connect(url)
        let provider = OneBarProvider(interval: interval)
        var configuration = MarketDataCache.Configuration()
        configuration.barsMax = 200_000
        let cache = MarketDataCache(
            store: store,
            providers: ProviderRegistry(preferred: [.simulated], factories: ["simulated": { _ in provider }]),
            notices: isTold ? try NoticeChannel(url: url, logger: logger) : nil,
            configuration: configuration,
            clock: ContinuousClock(),
            wallClock: { StoredMarket.time(1_000_000) },
            logger: logger
        )
        let value = try await SimulatedWorld.running(cache) { cache in
            while isTold, !cache.statistics().fleet.isListening { try await Task.sleep(for: .milliseconds(5)) }
            return try await body(FleetWorker(cache: cache, provider: provider))
        }
        await store.database.close()
        return value
    }

    /// Says that it is ready, and waits for a line from whoever started this process.
    static func awaitSignal() async {
        FileHandle.standardOutput.write(Data("ready\n".utf8))
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = readLine()
                continuation.resume()
            }
        }
    }

    /// A request of a series' bars from one number to below another.
    static func request(_ symbol: String, _ bars: Range<Int>) throws -> BarsRequest {
        guard let range = TimeRange(StoredMarket.time(bars.lowerBound), StoredMarket.time(bars.upperBound)) else {
            throw BenchmarkError("there are no bars in \(bars)")
        }
        return BarsRequest(
            symbol: symbol,
            timeframe: .oneMinute,
            provider: .simulated,
            span: .range(range),
            client: "benchmark",
            requestID: "1"
        )
    }
}
