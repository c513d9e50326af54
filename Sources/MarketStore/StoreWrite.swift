public import MarketData

/// One of several writes for `MarketStore.store`, with the arguments of the call that makes it alone.
public enum StoreWrite: Sendable {
    /// `MarketStore.storeBars`
    case bars(StoredPiece<Bar>)
    /// `MarketStore.storeQuotes`
    case quotes(StoredPiece<Quote>)
    /// `MarketStore.storeLatest`, of no purchase
    case latest(provider: ProviderID, symbol: String, quote: Quote?, trade: Trade?, lease: LeaseToken?, age: Duration)
    /// `MarketStore.storeMappings`
    case mappings(ProviderID, [SymbolMappingRow])
    /// `MarketStore.beginPurchase`
    case purchaseBegun(NewPurchase, age: Duration)
    /// `MarketStore.recordPurchase`
    case purchaseEnded(NewPurchase, age: Duration, sinceEnd: Duration, figures: PurchaseFigures, error: String?)
}

/// What a `StoreWrite` did.
public enum StoreWriteOutcome: Sendable {
    /// Bars were stored.
    case bars(StoreOutcome<Bar>)
    /// Quotes were stored.
    case quotes(StoreOutcome<Quote>)
    /// Something of which nothing is told was written.
    case written
}
