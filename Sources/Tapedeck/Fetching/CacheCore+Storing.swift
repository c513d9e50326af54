internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers
internal import SQLDatabase

extension CacheCore {
    /// Runs a write, again and again with growing waits where trying again can help: what is paid for is not given up
    /// for a moment's trouble.
    func storing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        var wait = self.configuration.storeBackoff.lowerBound
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as SQLError
                where error.code.isWorthRetrying
                && attempt < self.configuration.storeAttemptsMax
            {
                self.logger.warning(
                    "writing failed and is tried again",
                    metadata: ["error": "\(error)", "attempt": "\(attempt)", "wait": "\(wait)"]
                )
                try await self.clock.sleep(wait)
                wait = min(wait * 2, self.configuration.storeBackoff.upperBound)
                attempt += 1
            }
        }
    }

    /// Ends a purchase in the ledger and counts it.
    ///
    /// That the ledger cannot be written is logged.
    func finishPurchase(_ id: PurchaseID, _ figures: PurchaseFigures, error: String?, of what: String) async {
        self.counters.notePurchaseEnded(
            records: figures.recordCount,
            bytes: figures.byteCount,
            costUSD: figures.costUSD,
            duration: figures.duration ?? .zero,
            hasFailed: error != nil
        )
        let metadata: Logger.Metadata = [
            "purchase": "\(id)", "of": "\(what)", "records": "\(figures.recordCount)", "bytes": "\(figures.byteCount)",
            "usd": "\(figures.costUSD.map(String.init(describing:)) ?? "unknown")",
        ]
        if let error {
            self.logger.warning("a purchase failed: \(error)", metadata: metadata)
        } else {
            self.logger.info("bought", metadata: metadata)
        }
        do {
            try await self.storing { try await self.store.finishPurchase(id, figures: figures, error: error) }
        } catch {
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
            try await self.storing { try await self.store.storeMappings(provider: provider, rows) }
        } catch {
            self.logger.error("symbol mappings could not be stored: \(error)", metadata: ["provider": "\(provider)"])
        }
    }
}

extension SQLError.Code {
    /// Whether the same transaction may succeed a moment later.
    var isWorthRetrying: Bool {
        switch self {
        case .busy, .serializationFailure, .connectionLost, .poolExhausted, .unavailable, .timedOut: true
        default: false
        }
    }
}
