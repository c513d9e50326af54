import MarketData
import Providers

/// A provider that says that its market keeps other hours than it does.
struct CalendarProvider: MarketDataProvider {
    let inner: any MarketDataProvider
    let calendar: TradingCalendar?

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    func calendar(of symbol: String) -> TradingCalendar? { self.calendar }

    func availability(of series: Series) async throws -> Availability {
        try await self.inner.availability(of: series)
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        try await self.inner.fetchBars(request, deliver: deliver)
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
