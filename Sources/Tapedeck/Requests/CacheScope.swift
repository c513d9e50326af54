public import MarketData

/// What `MarketDataCache.clear` removes from memory and database.
public enum CacheScope: Hashable, Sendable {
    /// Everything.
    case all
    /// All series and prices of one symbol, at every provider.
    case symbol(String)
    /// One series.
    case series(Series)
}
