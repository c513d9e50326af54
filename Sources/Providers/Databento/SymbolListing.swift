import MarketData

/// The answer of `symbology.resolve` for one symbol: on which days it exists.
struct SymbolListing: Sendable, Decodable {
    private struct Interval: Decodable {
        // The vendor's spelling: first day, day after the last, what the symbol stands for.
        let d0: String
        let d1: String
        let s: String
    }

    private enum CodingKeys: CodingKey { case result }

    /// Whether the symbol exists on any day.
    let isKnown: Bool

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let result = try container.decode([String: [Interval]].self, forKey: .result)
        self.isKnown = result.values.contains { intervals in
            intervals.contains { !$0.s.isEmpty && $0.d0 < $0.d1 }
        }
    }
}
