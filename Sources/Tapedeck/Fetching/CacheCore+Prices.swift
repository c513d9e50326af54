internal import Locking
internal import MarketData
internal import MarketStore
internal import Providers

extension CacheCore {
    /// Begins a purchase; with a budget its price is asked for and set aside first.
    ///
    /// Without one nothing is asked. Throws the provider's error, and `Withheld` for a purchase that must not be made:
    /// with a budget nothing is bought whose price is not known.
    func beginPurchase(
        _ purchase: NewPurchase,
        recordsMax: Int,
        mode: Mode,
        price: () async throws -> Double?
    ) async throws -> OpenPurchase {
        guard let limits = self.configuration.budget.limits(of: purchase.client) else {
            return try await self.store.beginPurchase(purchase, recordsMax: recordsMax, limits: nil, mode: mode)
        }
        let range = purchase.range ?? FlightKey.whole
        if let refusal = self.rememberedRefusal(purchase.flightKey, range, client: purchase.client) { throw refusal }
        let tick = self.clock.now()
        do {
            guard let usd = try await price() else {
                let detail = "a budget is set and \(purchase.provider) does not say what this costs: it is not bought"
                throw Withheld.budget(RangeSet(range), detail, retryAfter: nil)
            }
            var purchase = purchase
            purchase.estimatedUSD = max(0, usd)
            return try await self.store.beginPurchase(purchase, recordsMax: recordsMax, limits: limits, mode: mode)
        } catch let refusal as Withheld where refusal.reason == .budgetExceeded {
            let key = BudgetRefusals.Key(flight: purchase.flightKey, client: purchase.client)
            let retryTick = tick.addingSaturating(self.configuration.refusalBackoff.clampedNanoseconds)
            self.refusals.withLock { $0.note(key, range, refusal, retryTick: retryTick) }
            self.counters.noteBudgetRefusal()
            throw refusal
        }
    }

    /// The refusal of a moment ago to buy something that `range` holds, nil when there was none.
    func rememberedRefusal(_ key: FlightKey, _ range: TimeRange, client: String) -> Withheld? {
        let key = BudgetRefusals.Key(flight: key, client: client)
        let tick = self.clock.now()
        return self.refusals.withLock { $0.refusal(key, range, tick: tick) }
    }
}

extension NewPurchase {
    /// What the purchase is about, whatever its range.
    fileprivate var flightKey: FlightKey {
        guard let timeframe = self.timeframe, self.kind != .latest,
            let series = try? Series(
                provider: self.provider,
                symbol: self.symbol,
                timeframe: timeframe,
                kind: self.kind == .bars ? .bars : .quotes
            )
        else { return .latest(LatestKey(provider: self.provider, symbol: self.symbol)) }
        return .records(series)
    }
}
