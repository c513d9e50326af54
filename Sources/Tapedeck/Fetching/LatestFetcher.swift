internal import Locking
internal import MarketData
internal import MarketStore
internal import Providers
internal import SQLDatabase

/// Executes the flights of a symbol's newest prices: takes them from the database while they are fresh there, else asks
/// the provider.
struct LatestFetcher: Sendable {
    let core: CacheCore
    let key: LatestKey
    let mode: CacheCore.Mode
    let origin: RequestOrigin

    func run() async -> FlightReport {
        var report = FlightReport()
        do {
            try await self.fetch(into: &report)
        } catch {
            report.end(error)
        }
        return report
    }

    /// Throws `TapedeckError` for a provider that cannot be used, and what the database throws.
    private func fetch(into report: inout FlightReport) async throws {
        let tick = self.core.clock.now()
        let (stored, isCertain) = try await self.core.store.latestQuote(self.key)
        if let held = HeldLatest(stored, tick: tick) {
            self.core.latest.fill(self.key, held)
            report.latest = held
            let lifetime = self.core.configuration.freshness.latestLifetime.clampedNanoseconds
            let age = self.core.clock.now().subtractingSaturating(held.fetchedTick)
            if self.mode != .refresh, age < self.core.lifetime(lifetime, mode: self.mode) { return }
        }
        guard isCertain || stored.askedAt != nil || self.core.store.mayBuyUnknownLatest else {
            report.withheld.append(.unreadable(RangeSet(FlightKey.whole)))
            return
        }
        let provider = try self.core.provider(self.key.provider)
        let failureKey = FlightKey.latest(self.key)
        if let failure = self.core.rememberedFailure(failureKey, FlightKey.whole, provider: self.key.provider) {
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
            return
        }
        do {
            report.latest = try await self.buy(from: provider, besides: stored)
            report.purchaseCount += 1
            self.core.failures.withLock { $0.clear(failureKey, FlightKey.whole) }
        } catch let withheld as Withheld {
            report.withheld.append(withheld)
        } catch let error as ProviderError {
            report.purchaseCount += 1
            let failure = self.core.noteFailure(failureKey, FlightKey.whole, error, provider: self.key.provider)
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
        }
    }

    /// Throws `ProviderError`, `Withheld` when nothing may be bought, and what the database throws.
    private func buy(from provider: any MarketDataProvider, besides stored: StoredLatest) async throws -> HeldLatest {
        let purchase = NewPurchase(
            latestOf: self.key.symbol,
            provider: self.key.provider,
            client: self.origin.client,
            requestID: self.origin.requestID
        )
        // What is asked for anew is newer than anything stored, so it may be bought without the database as well.
        let open = try await self.core.beginPurchase(purchase, recordsMax: 2, mode: .fetch) {
            try await provider.latestPrice(symbol: self.key.symbol)
        }
        self.core.counters.notePurchaseBegun()
        let begun = self.core.clock.now()
        do {
            let (latest, receipt) = try await provider.fetchLatest(
                symbol: self.key.symbol,
                requestID: self.origin.requestID
            )
            try await self.core.store.storeLatest(self.key, quote: latest.quote, trade: latest.trade, of: open)
            let held = HeldLatest(
                quote: latest.quote ?? stored.quote?.record,
                trade: latest.trade ?? stored.trade?.record,
                fetchedTick: begun
            )
            self.core.latest.fill(self.key, held)
            self.core.sender.tell(.latest(self.key))
            await self.finish(open, receipt, begun: begun, error: nil)
            await self.core.keepMappings(receipt.mappings, provider: self.key.provider)
            return held
        } catch {
            let receipt = (error as? ProviderError)?.receipt
            await self.finish(open, receipt, begun: begun, error: String(describing: error))
            throw error is SQLError ? error : ProviderError(purchase: error)
        }
    }

    private func finish(_ open: OpenPurchase, _ receipt: FetchReceipt?, begun: Int64, error: String?) async {
        let figures = PurchaseFigures(
            recordCount: receipt?.recordCount ?? 0,
            byteCount: receipt?.byteCount ?? 0,
            costUSD: receipt?.costUSD,
            requestCount: receipt?.requestCount ?? 1,
            duration: .nanoseconds(self.core.clock.now() - begun)
        )
        await self.core.finishPurchase(
            open,
            figures,
            error: error,
            of: "\(self.key.provider) \(self.key.symbol) latest"
        )
    }
}

extension HeldLatest {
    /// What the database holds, nil when the symbol was never asked for.
    ///
    /// `tick` was taken before it was read.
    init?(_ stored: StoredLatest, tick: Int64) {
        guard let askedAt = stored.askedAt else { return nil }
        // A distance, for the reason given at `Coverage.fresh`.
        let age = stored.databaseNow.nanosecondsApart(from: askedAt)
        self.init(
            quote: stored.quote?.record,
            trade: stored.trade?.record,
            fetchedTick: tick.subtractingSaturating(age)
        )
    }
}
