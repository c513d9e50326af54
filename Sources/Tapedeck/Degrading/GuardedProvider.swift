internal import MarketData
internal import Providers

/// A provider whose breaker and metrics are told how each call ended, and which is never asked while the cache is offline.
///
/// Whether a purchase may be tried is decided before it is written to the ledger (`CacheCore.rememberedFailure`); the
/// free questions are held back here.
struct GuardedProvider: MarketDataProvider {
    let inner: any MarketDataProvider
    let board: BreakerBoard
    let metrics: UpstreamMetrics
    let clock: ElapsedClock
    let isOffline: Bool

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    func calendar(of symbol: String) -> TradingCalendar? { self.inner.calendar(of: symbol) }

    func availability(of series: Series) async throws -> Availability {
        try await self.asked(.availability) { try await self.inner.availability(of: series) }
    }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        var call = try self.begin(.bars)
        do {
            let receipt = try await self.inner.fetchBars(request) { piece in
                call.handOver(at: self.clock.now())
                try await deliver(piece)
                call.takeBack(at: self.clock.now())
            }
            self.end(call)
            return receipt
        } catch {
            self.end(call, error)
            throw error
        }
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        var call = try self.begin(.quotes)
        do {
            let receipt = try await self.inner.fetchQuotes(request) { piece in
                call.handOver(at: self.clock.now())
                try await deliver(piece)
                call.takeBack(at: self.clock.now())
            }
            self.end(call)
            return receipt
        } catch {
            self.end(call, error)
            throw error
        }
    }

    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        try await self.asked(.latest, isProof: true) {
            try await self.inner.fetchLatest(symbol: symbol, requestID: requestID)
        }
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        if let refusal = self.board.refusal(self.id) { throw refusal.error }
        return try await self.asked(.estimate) { try await self.inner.estimate(series, ranges: ranges) }
    }

    func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        try await self.asked(.price) { try await self.inner.price(of: series, range) }
    }

    func latestPrice(symbol: String) async throws -> Double? {
        try await self.asked(.price) { try await self.inner.latestPrice(symbol: symbol) }
    }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        if let refusal = self.board.refusal(self.id) { throw refusal.error }
        return try await self.asked(.changedDays) { try await self.inner.changedDays(in: range) }
    }

    private func asked<Value>(
        _ call: UpstreamMetrics.Call,
        isProof: Bool = false,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let begun = try self.begin(call)
        do {
            let value = try await body()
            self.end(begun, isProof: isProof)
            return value
        } catch {
            self.end(begun, error)
            throw error
        }
    }

    /// A call under way.
    private struct Begun {
        let call: UpstreamMetrics.Call
        let guarded: CircuitBreaker.Call
        /// When it began, on the process's elapsed clock, moved on by the time that its receiver took.
        private(set) var tick: Int64
        private var handedOverTick: Int64?

        init(_ call: UpstreamMetrics.Call, _ guarded: CircuitBreaker.Call, tick: Int64) {
            self.call = call
            self.guarded = guarded
            self.tick = tick
        }

        /// Whether the receiver has a piece: then an error is its own, and none of the provider.
        var isHandedOver: Bool { self.handedOverTick != nil }

        mutating func handOver(at tick: Int64) {
            self.handedOverTick = tick
        }

        mutating func takeBack(at tick: Int64) {
            self.tick += tick - (self.handedOverTick ?? tick)
            self.handedOverTick = nil
        }
    }

    private func begin(_ call: UpstreamMetrics.Call) throws(ProviderError) -> Begun {
        if self.isOffline { throw ProviderError.offline }
        return Begun(call, self.board.begin(self.id), tick: self.clock.now())
    }

    private func end(_ begun: Begun, _ error: (any Error)? = nil, isProof: Bool = true) {
        let error = begun.isHandedOver ? nil : error.map(ProviderError.init(wrapping:))
        self.board.end(begun.guarded, of: self.id, error, isProof: isProof)
        let duration = Duration.nanoseconds(self.clock.now() - begun.tick)
        self.metrics.record(begun.call, of: self.id, took: duration, error: error)
    }
}

extension ProviderError {
    /// What a provider answers that nobody may ask.
    static var offline: ProviderError {
        ProviderError(.offline, "nothing is bought in offline mode: what is stored is all there is")
    }
}
