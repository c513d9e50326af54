internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

extension CacheCore {
    /// Ends a purchase in the ledger and counts it.
    ///
    /// That the ledger cannot be written is logged.
    func finishPurchase(_ open: OpenPurchase, _ figures: PurchaseFigures, error: String?, of what: String) async {
        self.counters.notePurchaseEnded(open.purchase.kind, figures, hasFailed: error != nil)
        var metadata = open.purchase.origin
        metadata["purchase"] = "\(open.name)"
        metadata["of"] = "\(what)"
        metadata["records"] = "\(figures.recordCount)"
        metadata["bytes"] = "\(figures.byteCount)"
        metadata["usd"] = "\(figures.costUSD.map(String.init(describing:)) ?? "unknown")"
        if let error {
            self.logger.warning("a purchase failed: \(error)", metadata: metadata)
        } else {
            self.logger.info("bought", metadata: metadata)
        }
        do {
            try await self.store.finishPurchase(open, figures, error: error)
        } catch {
            self.counters.noteLedgerFailure()
            self.logger.error("the ledger could not be told of a purchase's end: \(error)", metadata: metadata)
        }
    }

    /// Stores which instruments symbols stood for.
    ///
    /// That this fails is logged: it can be asked again.
    func keepMappings(_ mappings: [SymbolMapping], provider: ProviderID) async {
        guard !mappings.isEmpty else { return }
        let rows = mappings.map {
            SymbolMappingRow(symbol: $0.symbol, instrumentID: $0.instrumentID, start: $0.start, end: $0.end)
        }
        do {
            try await self.store.storeMappings(provider, rows)
        } catch {
            self.logger.error("symbol mappings could not be stored: \(error)", metadata: ["provider": "\(provider)"])
        }
    }
}
