internal import MarketData
internal import MarketStore
internal import Providers

extension CacheCore {
    /// The purchase with its expected price, which is asked for only when there is a limit to hold it against.
    ///
    /// Throws the provider's error, and `Withheld` when the price is not known: with a budget nothing is bought blindly.
    func priced(
        _ purchase: NewPurchase,
        _ limits: SpendingLimits?,
        _ price: () async throws -> Double?
    ) async throws -> NewPurchase {
        guard limits != nil else { return purchase }
        guard let usd = try await price() else {
            throw Withheld.budget(
                RangeSet(purchase.range ?? FlightKey.whole),
                "a budget is set and \(purchase.provider) does not say what this costs: it is not bought",
                retryAfter: nil
            )
        }
        var purchase = purchase
        purchase.estimatedUSD = max(0, usd)
        return purchase
    }
}
