internal import MarketData
internal import MarketStore
internal import Providers

/// Answers straight from a provider, past memory and database.
struct BypassReader: Sendable {
    /// What one purchase brought.
    private struct Bought<Record: Sendable>: Sendable {
        var records: [Record] = []
        var complete = RangeSet()
        var final = RangeSet()

        mutating func add(_ piece: FetchedPiece<Record>, _ timeframe: Timeframe) {
            self.records += piece.records
            self.complete.insert(piece.range.expanded(to: timeframe))
            let settled = TimeRange(piece.range.start, min(piece.range.end, timeframe.floor(piece.settledEnd)))
            if let settled { self.final.insert(settled) }
        }
    }

    let core: CacheCore
    let origin: RequestOrigin

    /// What the provider has of a series now.
    func horizon(of series: Series) async throws -> Horizon {
        let provider = try self.core.provider(series.provider)
        let tick = self.core.clock.now()
        do {
            let availability = try await provider.availability(of: series)
            return Horizon(
                start: availability.start,
                availableEnd: availability.end,
                timeframe: series.timeframe,
                askedTick: tick,
                deadlineTick: tick
            )
        } catch {
            throw self.failure(error, series.provider)
        }
    }

    /// The bars of `range` of a series that is sold.
    func bars(_ series: Series, _ range: TimeRange) async throws -> SeriesRead<Bar> {
        var read = try await self.read(series, range) { provider, request, bought in
            try await provider.fetchBars(request) { bought.add($0, series.timeframe) }
        }
        for index in read.records.indices {
            read.records[index].isFinal = read.final.contains(read.records[index].timestamp)
        }
        return read
    }

    /// The quotes of `range`.
    func quotes(_ series: Series, _ range: TimeRange) async throws -> SeriesRead<Quote> {
        try await self.read(series, range) { provider, request, bought in
            try await provider.fetchQuotes(request) { bought.add($0, series.timeframe) }
        }
    }

    /// The newest prices of a symbol.
    func latest(_ key: LatestKey) async throws -> HeldLatest {
        let provider = try self.core.provider(key.provider)
        let purchase = NewPurchase(
            latestOf: key.symbol,
            provider: key.provider,
            client: self.origin.client,
            requestID: self.origin.requestID
        )
        let tick = self.core.clock.now()
        var latest = LatestPrices(quote: nil, trade: nil)
        try await self.buy(purchase, recordsMax: 2, key.provider) {
            try await provider.latestPrice(symbol: key.symbol)
        } fetch: {
            let (prices, receipt) = try await provider.fetchLatest(
                symbol: key.symbol,
                requestID: self.origin.requestID
            )
            latest = prices
            return receipt
        }
        return HeldLatest(quote: latest.quote, trade: latest.trade, fetchedTick: tick)
    }

    private func read<Record: Sendable>(
        _ series: Series,
        _ range: TimeRange,
        _ fetch: (any MarketDataProvider, FetchRequest, inout Bought<Record>) async throws -> FetchReceipt
    ) async throws -> SeriesRead<Record> {
        let horizon = try await self.horizon(of: series)
        var bought = Bought<Record>()
        if let wanted = horizon.range?.intersection(range) {
            let provider = try self.core.provider(series.provider)
            let (client, requestID) = (self.origin.client, self.origin.requestID)
            let purchase = NewPurchase(series: series, range: wanted, client: client, requestID: requestID)
            let request = FetchRequest(series: series, range: wanted, requestID: requestID)
            let recordsMax = Int(wanted.nanoseconds / series.timeframe.nanoseconds)
            try await self.buy(purchase, recordsMax: recordsMax, series.provider) {
                try await provider.price(of: series, wanted)
            } fetch: {
                try await fetch(provider, request, &bought)
            }
        }
        // What the provider has and did not deliver it was not able to.
        let lacking = ProviderError(.corruptAnswer, "the provider delivered less than it was asked for")
        var report = FlightReport()
        report.failures = [FlightReport.Failure(ranges: RangeSet(range), error: lacking, retryAfter: .zero)]
        let gaps = RangeSet(range).subtracting(bought.complete)
        return SeriesRead(
            range: range,
            records: bought.records,
            complete: bought.complete.intersection(range),
            final: bought.final.intersection(range),
            missing: MissingRanges.explain(gaps, horizon: horizon, reports: [report]),
            tier: .provider,
            horizon: horizon,
            bought: bought.complete
        )
    }

    /// Makes a purchase and tells the ledger of it, if the database answers; with a budget only when that can be kept.
    private func buy(
        _ purchase: NewPurchase,
        recordsMax: Int,
        _ provider: ProviderID,
        price: () async throws -> Double?,
        fetch: () async throws -> FetchReceipt
    ) async throws {
        if let refusal = self.core.breakers.admit(provider) {
            let wait = Duration.nanoseconds(refusal.retryTick.subtractingSaturating(self.core.clock.now()))
            throw TapedeckError(refusal.error, provider: provider, retryAfter: wait)
        }
        try self.core.bypasses.enter()
        defer { self.core.bypasses.leave() }
        var open: OpenPurchase?
        if self.core.configuration.budget.limits(of: self.origin.client) != nil {
            do {
                open = try await self.core.beginPurchase(purchase, recordsMax: recordsMax, mode: .fetch, price: price)
            } catch let withheld as Withheld {
                throw withheld.error
            } catch {
                throw self.failure(error, provider)
            }
        }
        self.core.counters.notePurchaseBegun()
        let begun = self.core.clock.now()
        let outcome: Result<FetchReceipt, any Error>
        do {
            outcome = .success(try await fetch())
        } catch {
            outcome = .failure(error)
        }
        let duration = Duration.nanoseconds(self.core.clock.now() - begun)
        await self.core.noteBypass(purchase, open, outcome, duration: duration)
        if case .failure(let error) = outcome { throw self.failure(error, provider) }
    }

    private func failure(_ error: any Error, _ provider: ProviderID) -> any Error {
        if error is CancellationError { return error }
        let error = ProviderError(wrapping: error)
        if error.code == .cancelled { return CancellationError() }
        return TapedeckError(error, provider: provider, retryAfter: error.retryAfter ?? .zero)
    }
}
