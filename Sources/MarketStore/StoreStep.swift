import MarketData
import SQLDatabase

/// A part of a transaction that makes several writes, with its place among the others.
struct StoreStep: Sendable {
    /// What it locks.
    ///
    /// Steps run in the order of these texts, and in their given order where they lock the same: so two transactions of
    /// the same symbols cannot wait for each other in a circle.
    let place: [String]
    /// The write that it belongs to.
    let index: Int
    let run: @Sendable (any SQLTransaction) throws -> StoreWriteOutcome

    static func mappings(_ provider: ProviderID, _ symbol: String) -> [String] {
        ["1", provider.description, symbol]
    }

    static func bars(_ series: Series) -> [String] {
        ["2", series.provider.description, series.symbol, "bars", series.timeframe.rawValue]
    }

    /// The quotes of one symbol share a lock, whatever their timeframe.
    static func quotes(_ provider: ProviderID, _ symbol: String) -> [String] {
        ["2", provider.description, symbol, "quotes"]
    }

    /// A line of the ledger has a lock of its own.
    static let ledger = ["3"]
}

extension [StoreStep] {
    /// The steps in the order in which they run.
    var inPlace: [StoreStep] {
        self.enumerated().sorted { left, right in
            left.element.place == right.element.place
                ? left.offset < right.offset : left.element.place.lexicographicallyPrecedes(right.element.place)
        }.map(\.element)
    }
}
