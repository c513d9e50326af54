import Foundation
import Locking
import MarketData
import Providers
import TestSupport

/// A provider that hands on each bar as a piece of its own, so that a fetch of n bars makes n commits.
final class OneBarProvider: MarketDataProvider {
    let id = ProviderID.simulated
    let timeframes: Set<Timeframe> = [.oneMinute]
    let isPaid = false
    /// From one bar of a series to the next; zero for as fast as they are stored.
    private let interval: Duration
    private let commits = Locked<[String: [Int64]]>([:])

    init(interval: Duration) {
        self.interval = interval
    }

    /// When the worker knew that a series' bars were committed, one after the other, by the clock that all processes share.
    func commitTimes(of symbol: String) -> [Int64] { self.commits.withLock { $0[symbol] ?? [] } }

    func availability(of series: Series) -> Availability {
        let end = StoredMarket.time(1_000_000)
        return Availability(start: StoredMarket.start, end: end, settledEnd: end)
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        let begun = ContinuousClock.now
        let count = Int(request.range.nanoseconds / Timeframe.oneMinute.nanoseconds)
        for index in 0..<count {
            if self.interval > .zero {
                try await Task.sleep(until: begun + self.interval * index, tolerance: .zero, clock: .continuous)
            }
            let start = request.range.start.advancedSaturating(
                byNanoseconds: Int64(index) * Timeframe.oneMinute.nanoseconds
            )
            let end = start.advancedSaturating(byNanoseconds: Timeframe.oneMinute.nanoseconds)
            guard let range = TimeRange(start, end) else { throw ProviderError(.badRequest, "no such range") }
            let bar = Bar(timestamp: start, open: 5_000, high: 5_001, low: 4_999, close: 5_000.25, volume: Double(index))
            try await deliver(FetchedPiece(records: [bar], range: range, settledEnd: end))
            let committed = Stopwatch.sharedNanoseconds
            self.commits.withLock { $0[request.series.symbol, default: []].append(committed) }
        }
        return FetchReceipt(recordCount: count, byteCount: 56 * count, costUSD: 0, requestCount: 1, mappings: [])
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) throws -> FetchReceipt { throw Self.unsold }

    func fetchLatest(symbol: String, requestID: String) throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        throw Self.unsold
    }

    func estimate(_ series: Series, ranges: RangeSet) -> FetchEstimate {
        FetchEstimate(recordCount: nil, byteCount: nil, costUSD: 0)
    }

    func changedDays(in range: TimeRange) -> [ChangedDay] { [] }

    private static var unsold: ProviderError { ProviderError(.badRequest, "only bars are sold here") }
}
