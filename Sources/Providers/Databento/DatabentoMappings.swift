import DBN
import MarketData

/// Which instrument a symbol stood for on which days, from the answers' metadata.
struct DatabentoMappings: Sendable {
    /// What the caller called the symbol.
    private let symbol: String
    /// Sorted by day, without duplicates.
    private(set) var mappings: [SymbolMapping] = []

    init(symbol: String) {
        self.symbol = symbol
    }

    /// Adds a mapping; of equal ones one is kept.
    mutating func insert(instrumentID: UInt32, start: CivilDate, end: CivilDate) {
        let mapping = SymbolMapping(symbol: self.symbol, instrumentID: instrumentID, start: start, end: end)
        guard !self.mappings.contains(mapping) else { return }
        self.mappings.append(mapping)
        self.mappings.sort { ($0.start, $0.instrumentID) < ($1.start, $1.instrumentID) }
    }

    /// Whether the symbol stood for the instrument on that day.
    func contains(instrumentID: UInt32, on day: CivilDate) -> Bool {
        self.mappings.contains { $0.instrumentID == instrumentID && $0.start <= day && day < $0.end }
    }
}

extension CivilDate {
    /// Reads a decimal number `YYYYMMDD`.
    init?(packed: UInt32) {
        self.init(year: Int64(packed / 10_000), month: Int64(packed / 100 % 100), day: Int64(packed % 100))
    }
}
