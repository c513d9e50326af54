import MarketData
import MarketStore
import Tapedeck

/// Carries out a verification, and buys what it found missing.
struct VerificationRun: Sendable {
    /// Series without bars told at most.
    private static let orphansMax = 100
    /// How long looking for bars without a series may take.
    private static let orphansTimeout: Duration = .seconds(600)

    let store: MarketStore
    let cache: MarketDataCache
    /// Gaps kept of each series and reason at most.
    let gapsMax: Int

    /// Looks through all series of the scope, and for bars that belong to none.
    func verify(_ scope: VerificationScope) async throws -> Verification {
        let inspector = SeriesInspector(store: self.store, cache: self.cache, stretchesMax: self.gapsMax)
        var result = Verification()
        for series in try await scope.series(in: self.store) {
            result.reports.append(try await inspector.inspect(series, in: scope.range))
        }
        result.absentSymbols = scope.symbols.filter { symbol in
            !result.reports.contains { $0.series.symbol == symbol }
        }
        if scope.symbols.isEmpty {
            let orphans = try await self.store.orphanedBars(limit: Self.orphansMax, timeout: Self.orphansTimeout)
            result.errors += orphans.map {
                "\($0.count) bars of \($0.provider) \($0.symbol) \($0.timeframe) belong to no series: nobody reads them"
            }
        }
        return result
    }

    /// Gives up the packed blocks that cannot be read, so that they can be bought again, and says so.
    func giveUp(_ damages: [DamagedBlocks]) async throws {
        for damaged in damages {
            for block in try await self.store.forget(damaged) {
                StandardOutput.error("given up: the packed block \(block.stretch) of \(damaged.series)")
            }
        }
    }

    /// What buying the ranges would cost.
    func price(_ ranges: [(series: Series, range: TimeRange)]) async throws -> PurchasePrice {
        var price = PurchasePrice()
        for (series, range) in ranges {
            price.add(try await self.cache.explain(BarsRequest(series, range)).estimate)
        }
        return price
    }

    /// Buys the ranges until it is done or stopped; answers whether it was stopped.
    ///
    /// What fails is said; the rest is bought nevertheless.
    func buy(_ ranges: [(series: Series, range: TimeRange)]) async throws -> Bool {
        try await Interruption.watching {
            StandardOutput.error("Stopping when the purchase under way is stored; Ctrl-C again stops at once.")
        } _: { interruption in
            for (series, range) in ranges {
                if interruption.isAsked { return true }
                do {
                    let answer = try await self.cache.fill(BarsRequest(series, range))
                    for missing in answer.missing where missing.isFailure {
                        StandardOutput.error("tapedeck: \(series) \(missing.text)")
                    }
                } catch {
                    StandardOutput.error(
                        "tapedeck: \(series) \(range): \(CommandFailure(error)?.message ?? "\(error)")"
                    )
                }
            }
            return false
        }
    }
}
