public import MarketData

/// What is stored of one symbol at one provider.
public struct SymbolSummary: Hashable, Sendable {
    /// What is stored of one series of the symbol.
    public struct Entry: Hashable, Sendable {
        /// The length of a period.
        public let timeframe: Timeframe
        /// What the records are.
        public let kind: Series.Kind
        /// The smallest range that holds everything known, or nil.
        public let bounds: TimeRange?
        /// Records stored, nil when not counted.
        public let recordCount: Int?

        /// Creates an entry.
        public init(timeframe: Timeframe, kind: Series.Kind, bounds: TimeRange?, recordCount: Int?) {
            self.timeframe = timeframe
            self.kind = kind
            self.bounds = bounds
            self.recordCount = recordCount
        }
    }

    /// Where it was bought.
    public let provider: ProviderID
    /// The symbol.
    public let symbol: String
    /// Its series, bars first, the shorter timeframe first.
    public let entries: [Entry]

    /// Creates a summary.
    public init(provider: ProviderID, symbol: String, entries: [Entry]) {
        self.provider = provider
        self.symbol = symbol
        self.entries = entries
    }
}
