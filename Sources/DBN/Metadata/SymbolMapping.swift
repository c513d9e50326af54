/// What one symbol stood for, by date.
public struct SymbolMapping: Hashable, Sendable {
    /// The stretch of days during which a symbol stood for one thing.
    public struct Interval: Hashable, Sendable {
        /// The first UTC day, as a decimal number `YYYYMMDD`.
        public var startDate: UInt32
        /// The UTC day after the last, as a decimal number `YYYYMMDD`.
        public var endDate: UInt32
        /// What the symbol stood for: an instrument id in decimal, unless `DBNMetadata.stypeOut` says otherwise.
        public var symbol: String

        /// Creates an interval; dates are decimal numbers `YYYYMMDD`, the end exclusive.
        public init(startDate: UInt32, endDate: UInt32, symbol: String) {
            self.startDate = startDate
            self.endDate = endDate
            self.symbol = symbol
        }
    }

    /// The symbol that was asked for, or with a parent symbol, one of its children.
    public var rawSymbol: String
    /// The intervals.
    ///
    /// A gap between them means that the symbol did not exist then.
    public var intervals: [Interval]

    /// Creates a mapping.
    public init(rawSymbol: String, intervals: [Interval]) {
        self.rawSymbol = rawSymbol
        self.intervals = intervals
    }
}
