import Locking
import MarketData
import Providers

/// A provider that writes down what is bought from another one, and watches over what must never happen.
final class RecordingProvider: MarketDataProvider {
    struct State {
        var purchases: [FetchRequest] = []
        var latestCount = 0
        var availabilityCount = 0
        var priceCount = 0
        /// What was delivered as settled, by series.
        var settled: [Series: RangeSet] = [:]
        var flying: [FetchRequest] = []
        /// What must not happen: something settled bought again, or something bought twice at a time.
        var offences: [String] = []
        var mayBuySettled = false
    }

    private let inner: any MarketDataProvider
    private let state = Locked(State())
    /// Holds fetches back while it is closed.
    let gate = Gate()

    init(_ inner: any MarketDataProvider) {
        self.inner = inner
        self.gate.open()
    }

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    var purchases: [FetchRequest] { self.state.withLock { $0.purchases } }
    var offences: [String] { self.state.withLock { $0.offences } }
    var latestCount: Int { self.state.withLock { $0.latestCount } }
    var priceCount: Int { self.state.withLock { $0.priceCount } }
    var availabilityCount: Int { self.state.withLock { $0.availabilityCount } }

    /// Lets what is settled be bought again, as a refresh does.
    func allowSettled() {
        self.state.withLock { $0.mayBuySettled = true }
    }

    /// Forgets the purchases so far, not what was settled.
    func forgetPurchases() {
        self.state.withLock { $0.purchases = [] }
    }

    func availability(of series: Series) async throws -> Availability {
        self.state.withLock { $0.availabilityCount += 1 }
        return try await self.inner.availability(of: series)
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        self.begin(request)
        defer { self.end(request) }
        await self.gate.pass()
        return try await self.inner.fetchBars(request) { piece in
            try await deliver(piece)
            self.note(piece.range, piece.settledEnd, request.series)
        }
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        self.begin(request)
        defer { self.end(request) }
        await self.gate.pass()
        return try await self.inner.fetchQuotes(request) { piece in
            try await deliver(piece)
            self.note(piece.range, piece.settledEnd, request.series)
        }
    }

    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        self.state.withLock { $0.latestCount += 1 }
        await self.gate.pass()
        return try await self.inner.fetchLatest(symbol: symbol, requestID: requestID)
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        try await self.inner.estimate(series, ranges: ranges)
    }

    func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        self.state.withLock { $0.priceCount += 1 }
        return try await self.inner.price(of: series, range)
    }

    func latestPrice(symbol: String) async throws -> Double? {
        self.state.withLock { $0.priceCount += 1 }
        return try await self.inner.latestPrice(symbol: symbol)
    }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        try await self.inner.changedDays(in: range)
    }

    func calendar(of symbol: String) -> TradingCalendar? {
        self.inner.calendar(of: symbol)
    }

    private func begin(_ request: FetchRequest) {
        self.state.withLock { state in
            state.purchases.append(request)
            if let settled = state.settled[request.series], !state.mayBuySettled,
                !settled.intersection(request.range).isEmpty
            {
                state.offences.append("settled data of \(request.series) bought again: \(request.range)")
            }
            if state.flying.contains(where: { $0.series == request.series && $0.range.overlaps(request.range) }) {
                state.offences.append("two fetches of \(request.series) at a time: \(request.range)")
            }
            state.flying.append(request)
        }
    }

    private func end(_ request: FetchRequest) {
        self.state.withLock { state in
            if let index = state.flying.firstIndex(of: request) { state.flying.remove(at: index) }
        }
    }

    private func note(_ range: TimeRange, _ settledEnd: Timestamp, _ series: Series) {
        guard let settled = TimeRange(range.start, min(range.end, series.timeframe.floor(settledEnd))) else { return }
        self.state.withLock { $0.settled[series, default: RangeSet()].insert(settled) }
    }
}
