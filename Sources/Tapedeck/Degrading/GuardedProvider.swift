internal import MarketData
internal import Providers

/// A provider whose breaker is told how each call ended, and which is never asked while the cache is offline.
///
/// Whether a purchase may be tried is decided before it is written to the ledger (`CacheCore.rememberedFailure`); the
/// free questions are held back here.
struct GuardedProvider: MarketDataProvider {
    let inner: any MarketDataProvider
    let board: BreakerBoard
    let isOffline: Bool

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    func calendar(of symbol: String) -> TradingCalendar? { self.inner.calendar(of: symbol) }

    func availability(of series: Series) async throws -> Availability {
        try await self.asked { try await self.inner.availability(of: series) }
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        let call = try self.begin()
        var hasReceiverFailed = false
        do {
            let receipt = try await self.inner.fetchBars(request) { piece in
                hasReceiverFailed = true
                try await deliver(piece)
                hasReceiverFailed = false
            }
            self.end(call)
            return receipt
        } catch {
            self.end(call, hasReceiverFailed ? nil : error)
            throw error
        }
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        let call = try self.begin()
        var hasReceiverFailed = false
        do {
            let receipt = try await self.inner.fetchQuotes(request) { piece in
                hasReceiverFailed = true
                try await deliver(piece)
                hasReceiverFailed = false
            }
            self.end(call)
            return receipt
        } catch {
            self.end(call, hasReceiverFailed ? nil : error)
            throw error
        }
    }

    func fetchLatest(symbol: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        try await self.asked(isProof: true) { try await self.inner.fetchLatest(symbol: symbol) }
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        if let refusal = self.board.refusal(self.id) { throw refusal.error }
        return try await self.asked { try await self.inner.estimate(series, ranges: ranges) }
    }

    func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        try await self.asked { try await self.inner.price(of: series, range) }
    }

    func latestPrice(symbol: String) async throws -> Double? {
        try await self.asked { try await self.inner.latestPrice(symbol: symbol) }
    }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        if let refusal = self.board.refusal(self.id) { throw refusal.error }
        return try await self.asked { try await self.inner.changedDays(in: range) }
    }

    private func asked<Value>(isProof: Bool = false, _ body: () async throws -> Value) async throws -> Value {
        let call = try self.begin()
        do {
            let value = try await body()
            self.end(call, isProof: isProof)
            return value
        } catch {
            self.end(call, error)
            throw error
        }
    }

    private func begin() throws(ProviderError) -> CircuitBreaker.Call {
        if self.isOffline { throw ProviderError.offline }
        return self.board.begin(self.id)
    }

    private func end(_ call: CircuitBreaker.Call, _ error: (any Error)? = nil, isProof: Bool = true) {
        self.board.end(call, of: self.id, error.map(ProviderError.init(wrapping:)), isProof: isProof)
    }
}

extension ProviderError {
    /// What a provider answers that nobody may ask.
    static var offline: ProviderError {
        ProviderError(.offline, "nothing is bought in offline mode: what is stored is all there is")
    }
}
