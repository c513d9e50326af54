internal import Logging
internal import MarketStore
internal import Providers

extension CacheCore {
    /// How long a read past the cache waits for the ledger.
    private static var ledgerTimeout: Duration { .seconds(1) }

    /// Counts a purchase past the cache, and writes it to the ledger if the database answers soon.
    ///
    /// That it does not is logged with what would have been written, and keeps nobody from the data. A purchase that was
    /// set against a budget is `open` in the ledger, and is ended there.
    func noteBypass(
        _ purchase: NewPurchase,
        _ open: OpenPurchase?,
        _ outcome: Result<FetchReceipt, any Error>,
        duration: Duration
    ) async {
        let receipt: FetchReceipt?
        var problem: String?
        switch outcome {
        case .success(let whole):
            receipt = whole
        case .failure(let error):
            receipt = (error as? ProviderError)?.receipt
            problem = String(describing: error)
        }
        let figures = PurchaseFigures(
            recordCount: receipt?.recordCount ?? 0,
            byteCount: receipt?.byteCount ?? 0,
            costUSD: receipt?.costUSD,
            requestCount: receipt?.requestCount ?? 1,
            duration: duration
        )
        if let open {
            await self.finishPurchase(open, figures, error: problem, of: "\(purchase.provider) \(purchase.symbol)")
            return
        }
        self.counters.notePurchaseEnded(purchase.kind, figures, hasFailed: problem != nil)
        let limit = self.clock.now().addingSaturating(Self.ledgerTimeout.clampedNanoseconds)
        let patience = ReadPatience(answersStale: false, softTick: limit)
        let store = self.store.marketStore
        do {
            let isWritten = try await self.answer(with: patience) { [problem] in
                let id = try await store.beginPurchase(purchase)
                try await store.finishPurchase(id, figures: figures, error: problem)
                return true
            } stale: {
                false
            }
            if isWritten { return }
            problem = "the database did not answer within \(Self.ledgerTimeout)"
        } catch {
            problem = String(describing: error)
        }
        self.counters.noteLedgerFailure()
        var metadata = purchase.origin
        metadata["provider"] = "\(purchase.provider)"
        metadata["symbol"] = "\(purchase.symbol)"
        metadata["records"] = "\(figures.recordCount)"
        metadata["bytes"] = "\(figures.byteCount)"
        metadata["usd"] = "\(figures.costUSD.map(String.init(describing:)) ?? "unknown")"
        self.logger.warning("a purchase past the cache is not in the ledger: \(problem ?? "")", metadata: metadata)
    }
}
