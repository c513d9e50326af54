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
        var begunAt: Timestamp?
        do {
            try await self.core.repeatRounds(of: .latest(self.key)) { try await self.round(into: &report, &begunAt) }
        } catch {
            report.end(error)
        }
        return report
    }

    /// Looks whether there are fresh prices, else claims their purchase and makes it.
    ///
    /// `begunAt` is the database's clock in the first round: a refresh is content with what was asked for since. Throws
    /// `TapedeckError` for a provider that cannot be used, and what the database throws.
    private func round(into report: inout FlightReport, _ begunAt: inout Timestamp?) async throws -> FetchRound {
        let tick = self.core.clock.now()
        let (stored, isCertain) = try await self.core.store.latestQuote(self.key)
        let refreshedSince = begunAt ?? stored.databaseNow
        let isFirst = begunAt == nil
        begunAt = refreshedSince
        if let held = HeldLatest(stored, tick: tick) {
            self.core.latest.fill(self.key, held)
            report.latest = held
            if self.mode == .refresh {
                if !isFirst, let askedAt = stored.askedAt, askedAt >= refreshedSince { return .done }
            } else if self.core.clock.now().subtractingSaturating(held.fetchedTick) < self.lifetime {
                return .done
            }
        }
        guard isCertain || stored.askedAt != nil || self.core.store.mayBuyUnknownLatest else {
            report.withheld.append(.unreadable(RangeSet(FlightKey.whole)))
            return .done
        }
        let provider = try self.core.provider(self.key.provider)
        let flightKey = FlightKey.latest(self.key)
        if let failure = self.core.expectedFailure(flightKey, FlightKey.whole, provider: self.key.provider) {
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
            return .done
        }
        let (mode, lifetime) = (self.mode, self.lifetime)
        let answer = try await self.core.store.claimLatest(self.key) { askedAt, now in
            guard let askedAt else { return true }
            return mode == .refresh
                ? askedAt < refreshedSince || isFirst : now.nanosecondsApart(from: askedAt) >= lifetime
        }
        if let failure = answer?.failure {
            let adopted = self.core.adopt(failure, flightKey, FlightKey.whole)
            report.failures.append(self.core.failure(adopted, RangeSet(FlightKey.whole)))
            return .done
        }
        if let answer, answer.granted.isEmpty {
            // Held by nobody, it was stored since it was looked for.
            let poll = answer.held.isEmpty ? Duration.zero : self.core.configuration.claimPollInterval
            return .again(after: answer.heldFor ?? poll, hasBought: false)
        }
        return try await self.buy(under: answer?.granted.first, from: provider, besides: stored, into: &report)
    }

    /// The age up to which stored prices will do, in nanoseconds.
    private var lifetime: Int64 {
        self.core.lifetime(self.core.configuration.freshness.latestLifetime.clampedNanoseconds, mode: self.mode)
    }

    private func buy(
        under lease: FetchLease?,
        from provider: any MarketDataProvider,
        besides stored: StoredLatest,
        into report: inout FlightReport
    ) async throws -> FetchRound {
        let flightKey = FlightKey.latest(self.key)
        do {
            if let failure = self.core.rememberedFailure(flightKey, FlightKey.whole, provider: self.key.provider) {
                report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
            } else {
                report.latest = try await self.buy(under: lease, from: provider, besides: stored)
                report.purchaseCount += 1
                self.core.failures.withLock { $0.clear(flightKey, FlightKey.whole) }
                return .done
            }
        } catch let withheld as Withheld {
            report.withheld.append(withheld)
        } catch let error as ProviderError where error.code == .leaseLost {
            await self.giveBack(lease)
            return .again(after: .zero, hasBought: false)
        } catch let error as ProviderError {
            report.purchaseCount += 1
            let failure = self.core.noteFailure(
                flightKey,
                FlightKey.whole,
                error,
                provider: self.key.provider,
                inherited: lease?.attempts ?? 0
            )
            report.failures.append(self.core.failure(failure, RangeSet(FlightKey.whole)))
            await self.core.handOn(failure, of: FlightKey.whole, lease, flightKey)
        } catch {
            await self.giveBack(lease)
            throw error
        }
        await self.giveBack(lease)
        return .done
    }

    /// Gives back a lease under which nothing was stored, and tells those who wait for it.
    private func giveBack(_ lease: FetchLease?) async {
        guard let lease else { return }
        await self.core.store.release([lease])
        self.core.sender.tell(.released(.latest(self.key)))
    }

    /// Throws `ProviderError`, `Withheld` when nothing may be bought, and what the database throws.
    private func buy(
        under lease: FetchLease?,
        from provider: any MarketDataProvider,
        besides stored: StoredLatest
    ) async throws -> HeldLatest {
        let purchase = NewPurchase(
            latestOf: self.key.symbol,
            provider: self.key.provider,
            client: self.origin.client,
            requestID: self.origin.requestID
        )
        // What is asked for anew is newer than anything stored, so it may be bought without the database as well.
        var open = try await self.core.beginPurchase(purchase, recordsMax: 2, mode: .fetch) {
            try await provider.latestPrice(symbol: self.key.symbol)
        }
        open.lease = lease
        self.core.counters.notePurchaseBegun()
        let begun = self.core.clock.now()
        do {
            let (latest, receipt) = try await self.core.asking(under: lease) {
                try await provider.fetchLatest(symbol: self.key.symbol, requestID: self.origin.requestID)
            }
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
