internal import Locking
internal import MarketData
internal import MarketStore
internal import Providers

/// The purchases of one round of a flight: one range after the other, each under its lease.
struct SeriesPurchases: Sendable {
    let core: CacheCore
    let series: Series
    let mode: CacheCore.Mode
    /// Bars from here on go into memory.
    let memoryStart: Timestamp
    let horizon: Horizon
    let origin: RequestOrigin

    /// Buys ranges of `available`, the oldest first, and gives back the leases that are not used up.
    ///
    /// Answers whether there is nothing that ends the flight, and what of `available` was not bought. Throws what the
    /// database throws that is not an outage.
    func buy(
        _ ranges: [(range: TimeRange, lease: FetchLease?)],
        of available: RangeSet,
        from provider: any MarketDataProvider,
        into report: inout FlightReport
    ) async throws -> (isGoingOn: Bool, left: RangeSet) {
        var left = available
        var isGoingOn = true
        do {
            for (range, lease) in ranges where isGoingOn {
                isGoingOn = try await self.buy(range, lease, of: &left, from: provider, into: &report)
            }
        } catch {
            await self.giveBack(ranges, bought: report.bought)
            throw error
        }
        await self.giveBack(ranges, bought: report.bought)
        return (isGoingOn, left)
    }

    /// Gives back the leases of ranges, and tells those who wait for what was not bought of them.
    private func giveBack(_ ranges: [(range: TimeRange, lease: FetchLease?)], bought: RangeSet) async {
        let leases = ranges.compactMap(\.lease)
        await self.core.store.release(leases)
        guard leases.contains(where: { !bought.contains($0.range) }) else { return }
        self.core.sender.tell(.released(.records(self.series)))
    }

    /// Buys one range; false when that ends the flight.
    private func buy(
        _ range: TimeRange,
        _ lease: FetchLease?,
        of left: inout RangeSet,
        from provider: any MarketDataProvider,
        into report: inout FlightReport
    ) async throws -> Bool {
        guard report.purchaseCount < self.core.configuration.purchasesPerFlightMax else {
            report.unbought = left
            return false
        }
        let key = FlightKey.records(self.series)
        if let failure = self.core.rememberedFailure(key, range, provider: self.series.provider) {
            report.failures.append(self.core.failure(failure, left))
            return false
        }
        let purchase = RangePurchase(
            core: self.core,
            series: self.series,
            range: range,
            mode: self.mode,
            lease: lease,
            memoryStart: self.memoryStart,
            origin: self.origin
        )
        let result: RangePurchase.Result
        do {
            result = try await purchase.run(provider)
        } catch var withheld as Withheld {
            // The limit that keeps this part from being bought keeps the others.
            withheld.ranges = left
            report.withheld.append(withheld)
            return false
        }
        report.purchaseCount += 1
        report.changes.add(result.changes)
        if let stored = result.stored {
            left.remove(stored)
            report.bought.insert(stored)
        }
        let rest = result.stored.map { RangeSet(range).subtracting(RangeSet($0)) } ?? RangeSet(range)
        guard let error = result.error ?? self.shortfall(rest, of: result) else {
            self.core.failures.withLock { $0.clear(key, range) }
            return true
        }
        // What it could not buy or store is another worker's, or missing still: the next round looks.
        if error.code == .leaseLost { return true }
        let end = error.availableEnd ?? result.stored?.end ?? range.start
        if error.code == .notAvailableYet, end < range.end {
            let horizon = self.core.noteEnd(end, of: self.series)
            report.horizon = horizon
            // What lies before the new end is left to the next read.
            report.unavailable = report.unavailable.union(left.after(horizon.end))
        } else {
            let failed = rest.bounds ?? range
            let failure = self.core.noteFailure(
                key,
                failed,
                error,
                provider: self.series.provider,
                inherited: lease?.attempts ?? 0
            )
            report.failures.append(self.core.failure(failure, left))
            await self.core.handOn(failure, of: failed, lease, key)
        }
        return false
    }

    /// What is to be made of a purchase that ended well but left something out; nil when it did not.
    ///
    /// At the end of what the provider has, its data end earlier than it said. Elsewhere it fails to deliver. Either is
    /// remembered for a while: otherwise each read would ask for the rest again.
    private func shortfall(_ rest: RangeSet, of result: RangePurchase.Result) -> ProviderError? {
        guard let bounds = rest.bounds else { return nil }
        if let end = result.availableEnd {
            return ProviderError(.notAvailableYet, "the data end earlier", availableEnd: end)
        }
        if rest.ranges.count == 1, bounds.end == self.horizon.end {
            return ProviderError(.notAvailableYet, "the data end earlier", availableEnd: bounds.start)
        }
        return ProviderError(.corruptAnswer, "the provider delivered less than it was asked for")
    }
}

extension RangeSet {
    /// The instants at and after `start`.
    fileprivate func after(_ start: Timestamp) -> RangeSet {
        guard let end = self.bounds?.end, let range = TimeRange(start, end) else { return RangeSet() }
        return self.intersection(range)
    }
}
