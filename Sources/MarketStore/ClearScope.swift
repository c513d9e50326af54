public import MarketData

/// What is cleared from the database; the ledger always stays, as the record of the money spent.
public enum ClearScope: Hashable, Sendable {
    /// Everything.
    case all
    /// All that is held of a symbol, at one provider or at all of them.
    case symbol(String, provider: ProviderID?)
    /// One series.
    ///
    /// Quotes of one symbol and provider share their rows, so that all their timeframes are cleared with one.
    case series(Series)
}

/// What clearing did.
public struct ClearOutcome: Hashable, Sendable {
    /// A series that was cleared.
    public struct Cleared: Hashable, Sendable {
        /// The series.
        public let series: Series
        /// Its version afterwards.
        public let version: Int64
    }

    /// The series that knew something before.
    public let series: [Cleared]
    /// How many bars were deleted.
    public let barCount: Int
    /// How many quotes were deleted.
    public let quoteCount: Int
    /// How many trades were deleted.
    public let tradeCount: Int
}
