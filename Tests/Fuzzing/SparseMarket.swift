import MarketData
import Providers

/// A provider whose answers cost nothing to make: a record at each end of what is asked, with prices of any size.
struct SparseMarket: MarketDataProvider {
    /// 2026-03-10T12:00:00Z, when all requests come.
    static let now = Timestamp(nanoseconds: 1_773_144_000_000_000_000)
    /// 2025-12-01T00:00:00Z, before which there is nothing.
    private static let start = Timestamp(nanoseconds: 1_764_547_200_000_000_000)
    private static let prices = [5_931.25, -0.000_000_001, 0, 9_223_372_036, -9_223_372_036, 0.1]

    let id: ProviderID
    let timeframes: Set<Timeframe> = [.oneSecond, .oneMinute, .oneHour, .oneDay]
    let isPaid = true

    func availability(of series: Series) async throws -> Availability {
        Availability(start: Self.start, end: Self.now, settledEnd: Self.now.advancedSaturating(byNanoseconds: -1))
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        try self.checkSymbol(request.series.symbol)
        let bars = self.ends(of: request).map { time in
            let price = self.price(request.series.symbol, time)
            return Bar(timestamp: time, open: price, high: price, low: price, close: price, volume: 1)
        }
        let settled = min(request.range.end, Self.now.advancedSaturating(byNanoseconds: -1))
        try await deliver(FetchedPiece(records: bars, range: request.range, settledEnd: settled))
        return self.receipt(records: bars.count)
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        try self.checkSymbol(request.series.symbol)
        let quotes = self.ends(of: request).map { self.quote(request.series.symbol, $0) }
        try await deliver(FetchedPiece(records: quotes, range: request.range, settledEnd: request.range.end))
        return self.receipt(records: quotes.count)
    }

    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        try self.checkSymbol(symbol)
        let time = Self.now.advancedSaturating(byNanoseconds: -Int64(symbol.utf8.count) * 1_000_000_000)
        let trade = Trade(timestamp: time, price: self.price(symbol, time), size: 1, side: .none, sequence: 1)
        let latest = LatestPrices(
            quote: symbol.utf8.count % 3 == 0 ? nil : self.quote(symbol, time),
            trade: symbol.utf8.count % 4 == 0 ? nil : trade
        )
        return (latest, self.receipt(records: 2))
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        FetchEstimate(recordCount: ranges.ranges.count, byteCount: 56, costUSD: 0.000_1)
    }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] { [] }

    /// Some symbols are not sold.
    private func checkSymbol(_ symbol: String) throws {
        guard symbol.utf8.last != UInt8(ascii: "?") else { throw ProviderError(.symbolUnknown, "not sold here") }
    }

    /// The first period of what is asked and the last, where these are not the same.
    private func ends(of request: FetchRequest) -> [Timestamp] {
        let timeframe = request.series.timeframe
        let first = timeframe.ceiling(request.range.start)
        let last = timeframe.floor(request.range.end.advancedSaturating(byNanoseconds: -1))
        return (first < last ? [first, last] : [first]).filter(request.range.contains)
    }

    private func price(_ symbol: String, _ time: Timestamp) -> Double {
        let number = symbol.utf8.reduce(time.nanoseconds / 1_000_000_000 % 1_000) { $0 + Int64($1) }
        return Self.prices[Int(number) % Self.prices.count]
    }

    private func quote(_ symbol: String, _ time: Timestamp) -> Quote {
        let price = self.price(symbol, time)
        let isOneSided = symbol.utf8.count % 5 == 0
        return Quote(timestamp: time, bidPrice: price, askPrice: isOneSided ? nil : price, bidSize: 1, askSize: nil)
    }

    private func receipt(records: Int) -> FetchReceipt {
        FetchReceipt(recordCount: records, byteCount: 56 * records, costUSD: 0, requestCount: 1, mappings: [])
    }
}
