import MarketData
import Providers

/// A provider that says that it has more than it delivers.
struct ShortProvider: MarketDataProvider {
    let inner: any MarketDataProvider
    /// What it delivers nothing of.
    let withheld: TimeRange
    /// Whether it says that its data end there.
    var tellsEnd = false

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    func availability(of series: Series) async throws -> Availability {
        try await self.inner.availability(of: series)
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        let end = request.range.overlaps(self.withheld) ? self.withheld.start : request.range.end
        guard let range = TimeRange(request.range.start, min(end, request.range.end)) else {
            return FetchReceipt(recordCount: 0, byteCount: 0, costUSD: 0, requestCount: 1, mappings: [])
        }
        var receipt = try await self.inner.fetchBars(
            FetchRequest(series: request.series, range: range, requestID: request.requestID),
            deliver: deliver
        )
        if self.tellsEnd, range.end < request.range.end { receipt.availableEnd = range.end }
        return receipt
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        try await self.inner.fetchQuotes(request, deliver: deliver)
    }

    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        try await self.inner.fetchLatest(symbol: symbol, requestID: requestID)
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        try await self.inner.estimate(series, ranges: ranges)
    }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        try await self.inner.changedDays(in: range)
    }
}
