public import MarketData

/// Which instrument a symbol stood for on the days `start ..< end`, at one provider.
public struct SymbolMappingRow: Hashable, Sendable {
    /// What was asked: `ES.c.0`.
    public let symbol: String
    /// The provider's number of the instrument.
    public let instrumentID: UInt32
    /// The first day.
    public let start: CivilDate
    /// The day after the last.
    public let end: CivilDate

    /// Creates a mapping.
    public init(symbol: String, instrumentID: UInt32, start: CivilDate, end: CivilDate) {
        self.symbol = symbol
        self.instrumentID = instrumentID
        self.start = start
        self.end = end
    }
}
