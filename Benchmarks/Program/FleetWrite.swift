import MarketData
import Tapedeck

/// A worker that stores bars of several series at once, one bar a commit.
enum FleetWrite {
    struct Figures: Encodable {
        /// When it began and ended, in nanoseconds of the clock that all processes share.
        let begun: Int64
        let ended: Int64
        /// When the first series' bars were committed.
        let commits: [Int64]
        /// Messages that it sent to the others.
        let messages: Int
    }

    /// Stores `count` bars each of `series` series named `symbol0` and so on, `perSecond` of each, 0 for at full speed.
    static func run(
        url: String,
        symbol: String,
        series: Int,
        count: Int,
        perSecond: Int,
        isTold: Bool
    ) async throws -> Figures {
        let interval: Duration = perSecond == 0 ? .zero : .seconds(1) / perSecond
        return try await FleetWorker.running(url, isTold: isTold, interval: interval) { worker in
            await FleetWorker.awaitSignal()
            let begun = Stopwatch.sharedNanoseconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<series {
                    let request = try FleetWorker.request("\(symbol)\(number)", 0..<count)
                    group.addTask { _ = try await worker.cache.fill(request) }
                }
                try await group.waitForAll()
            }
            let ended = Stopwatch.sharedNanoseconds
            let commits = worker.provider.commitTimes(of: "\(symbol)0")
            guard commits.count == count else { throw BenchmarkError("\(commits.count) bars were stored") }
            return Figures(
                begun: begun,
                ended: ended,
                commits: commits,
                messages: worker.cache.statistics().fleet.sent
            )
        }
    }
}
