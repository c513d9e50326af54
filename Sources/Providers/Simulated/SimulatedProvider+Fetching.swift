public import MarketData

extension SimulatedProvider {
    /// The longest stretch that is drawn at one go, so that a cancelled call ends soon.
    private static let pieceNanosecondsMax: Int64 = 31 * 86_400_000_000_000

    /// Fetches bars, oldest first.
    ///
    /// The last piece reaches to the end of the period that is forming, where that was asked.
    ///
    /// Throws `unsupported` for a timeframe that is not sold, `symbolUnknown`, and `notAvailableYet` for a range that
    /// begins at or behind the end of what is sold. A range before the market's start delivers nothing.
    public func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        let timeframe = request.series.timeframe
        return try await self.fetch(
            request,
            as: .bars,
            sold: request.series.kind == .bars && self.timeframes.contains(timeframe),
            endOfAvailable: { timeframe.ceiling($0) },
            read: { try self.market.bars(of: request.series.symbol, timeframe, in: $0, asOf: $1) },
            deliver: deliver
        )
    }

    /// Fetches one quote for each minute or second in which something traded, in the way of `fetchBars`.
    public func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        let timeframe = request.series.timeframe
        return try await self.fetch(
            request,
            as: .quotes,
            sold: request.series.kind == .quotes && [.oneSecond, .oneMinute].contains(timeframe),
            endOfAvailable: { $0 },
            read: { try self.market.quotes(of: request.series.symbol, timeframe, in: $0, asOf: $1) },
            deliver: deliver
        )
    }

    /// Fetches the newest trade before the end of what is sold and the quote that stood at it.
    public func fetchLatest(
        symbol: String,
        requestID: String
    ) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        let failure = try await self.begin(.latest)
        if let failure { throw failure.error }
        let now = self.availability()
        let (quote, trade) = try self.market.latest(of: symbol, asOf: now.end)
        let count = (quote == nil ? 0 : 1) + (trade == nil ? 0 : 1)
        self.remember(
            SimulatedPurchase(
                call: .latest,
                symbol: symbol,
                series: nil,
                range: nil,
                recordCount: count,
                isComplete: true,
                requestID: requestID
            )
        )
        let days = TimeRange(trade?.timestamp ?? now.end, now.end)
        return (
            LatestPrices(quote: quote, trade: trade),
            try self.receipt(count, of: symbol, kind: .quotes, delivered: days)
        )
    }

    private func fetch<Record: Sendable>(
        _ request: FetchRequest,
        as call: SimulatedCall,
        sold isSold: Bool,
        endOfAvailable: (Timestamp) -> Timestamp,
        read: (TimeRange, Timestamp) throws -> [Record],
        deliver: (FetchedPiece<Record>) async throws -> Void
    ) async throws -> FetchReceipt {
        let failure = try await self.begin(call)
        let series = request.series
        guard isSold else {
            throw ProviderError(.unsupported, "the simulated provider does not sell \(series)")
        }
        _ = try self.market.symbol(series.symbol)
        let now = self.availability()
        guard request.range.start < now.end else {
            throw ProviderError(
                .notAvailableYet,
                "the simulated provider has data up to \(now.end), not from \(request.range.start)",
                availableEnd: now.end
            )
        }
        var log = FetchLog(request: request, call: call)
        defer { if log.isWorthRemembering { self.remember(log.purchase) } }
        let available = TimeRange(now.start, endOfAvailable(now.end)).flatMap { request.range.intersection($0) }
        var start = available?.start ?? now.end
        while let available, start < available.end {
            if let failure, log.pieceCount >= failure.afterPieces { throw failure.error }
            guard !Task.isCancelled else { throw ProviderError(.cancelled, "the fetch was cancelled") }
            guard let range = TimeRange(start, self.pieceEnd(from: start, series: series, end: available.end)) else {
                break
            }
            let records = try read(range, now.end)
            try await deliver(FetchedPiece(records: records, range: range, settledEnd: now.settledEnd))
            log.add(records.count, range)
            start = range.end
        }
        log.isComplete = true
        return try self.receipt(log.recordCount, of: series.symbol, kind: series.kind, delivered: log.range)
    }

    /// The end of the piece that begins at `start`: on the timeframe's grid, save the last.
    private func pieceEnd(from start: Timestamp, series: Series, end: Timestamp) -> Timestamp {
        let (wanted, overflow) = series.timeframe.nanoseconds.multipliedReportingOverflow(
            by: Int64(self.configuration.pieceRecordsMax)
        )
        let length = max(series.timeframe.nanoseconds, overflow ? .max : min(wanted, Self.pieceNanosecondsMax))
        return min(series.timeframe.floor(start).advancedSaturating(byNanoseconds: length), end)
    }

    private func receipt(
        _ count: Int,
        of symbol: String,
        kind: Series.Kind,
        delivered: TimeRange?
    ) throws(ProviderError) -> FetchReceipt {
        let number = self.market.instrumentID(of: try self.market.symbol(symbol))
        let mapping = delivered.map { range in
            let lastDay = CivilDate(containing: range.end.advancedSaturating(byNanoseconds: -1))
            return SymbolMapping(
                symbol: symbol,
                instrumentID: number,
                start: CivilDate(containing: range.start),
                end: lastDay.advanced(byDays: 1)
            )
        }
        let bytes = count * Self.recordBytes(kind)
        return FetchReceipt(
            recordCount: count,
            byteCount: bytes,
            costUSD: self.price(ofBytes: bytes),
            requestCount: 1,
            mappings: mapping.map { [$0] } ?? []
        )
    }
}

/// What one fetch has delivered so far.
private struct FetchLog {
    let request: FetchRequest
    let call: SimulatedCall
    var range: TimeRange?
    var recordCount = 0
    var pieceCount = 0
    var isComplete = false

    init(request: FetchRequest, call: SimulatedCall) {
        self.request = request
        self.call = call
    }

    var isWorthRemembering: Bool { self.pieceCount > 0 || self.isComplete }

    var purchase: SimulatedPurchase {
        SimulatedPurchase(
            call: self.call,
            symbol: self.request.series.symbol,
            series: self.request.series,
            range: self.range,
            recordCount: self.recordCount,
            isComplete: self.isComplete,
            requestID: self.request.requestID
        )
    }

    mutating func add(_ count: Int, _ piece: TimeRange) {
        self.range = TimeRange(self.range?.start ?? piece.start, piece.end)
        self.recordCount += count
        self.pieceCount += 1
    }
}
