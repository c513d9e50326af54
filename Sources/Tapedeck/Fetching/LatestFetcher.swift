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
        let stored = try await self.core.store.latestQuote(provider: self.key.provider, symbol: self.key.symbol)
        if let held = HeldLatest(stored, tick: tick) {
            self.core.latest.fill(self.key, held)
            report.latest = held
            let lifetime = self.core.configuration.freshness.latestLifetime.clampedNanoseconds
            if self.mode == .fetch, self.core.clock.now().subtractingSaturating(held.fetchedTick) < lifetime { return }
        }
        let provider = try self.core.providers.provider(self.key.provider)
        let failureKey = FailureKey.flight(.latest(self.key))
        if let failure = self.core.rememberedFailure(failureKey, FlightKey.whole, provider: self.key.provider) {
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
            return
        }
        report.purchaseCount += 1
        do {
            report.latest = try await self.buy(from: provider, besides: stored)
            self.core.failures.withLock { $0.clear(failureKey, FlightKey.whole) }
        } catch let error as ProviderError {
            let failure = self.core.noteFailure(failureKey, FlightKey.whole, error, provider: self.key.provider)
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
        }
    }

    /// Throws `ProviderError`, and what the database throws.
    private func buy(from provider: any MarketDataProvider, besides stored: StoredLatest) async throws -> HeldLatest {
        let purchase = NewPurchase(
            latestOf: self.key.symbol,
            provider: self.key.provider,
            client: self.origin.client,
            requestID: self.origin.requestID
        )
        let id = try await self.core.storing { try await self.core.store.beginPurchase(purchase) }
        self.core.counters.notePurchaseBegun()
        let begun = self.core.clock.now()
        do {
            let (latest, receipt) = try await provider.fetchLatest(symbol: self.key.symbol)
            try await self.core.storing {
                try await self.core.store.storeLatest(
                    provider: self.key.provider,
                    symbol: self.key.symbol,
                    quote: latest.quote,
                    trade: latest.trade,
                    purchase: id
                )
            }
            let held = HeldLatest(
                quote: latest.quote ?? stored.quote?.record,
                trade: latest.trade ?? stored.trade?.record,
                fetchedTick: begun
            )
            self.core.latest.fill(self.key, held)
            await self.finish(id, receipt, begun: begun, error: nil)
            await self.core.keepMappings(receipt.mappings, provider: self.key.provider)
            return held
        } catch {
            let receipt = (error as? ProviderError)?.receipt
            await self.finish(id, receipt, begun: begun, error: String(describing: error))
            throw error is SQLError ? error : ProviderError(purchase: error)
        }
    }

    private func finish(_ id: PurchaseID, _ receipt: FetchReceipt?, begun: Int64, error: String?) async {
        let figures = PurchaseFigures(
            recordCount: receipt?.recordCount ?? 0,
            byteCount: receipt?.byteCount ?? 0,
            costUSD: receipt?.costUSD,
            requestCount: receipt?.requestCount ?? 1,
            duration: .nanoseconds(self.core.clock.now() - begun)
        )
        await self.core.finishPurchase(id, figures, error: error, of: "\(self.key.provider) \(self.key.symbol) latest")
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
