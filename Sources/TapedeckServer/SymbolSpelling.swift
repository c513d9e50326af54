package import MarketData

/// The one spelling of a symbol that names its series.
package enum SymbolSpelling {
    /// What a symbol is a name of.
    package enum Symbology: String, CaseIterable, Sendable {
        /// The venue's own name: `ESZ6`.
        case rawSymbol = "raw_symbol"
        /// A rule that picks a contract by date: `ES.c.0`.
        case continuous
        /// The provider's number: `5482`.
        case instrumentID = "instrument_id"
    }

    /// The symbol, with its symbology in front where its shape says another: `instrument_id:5482`.
    ///
    /// Continuous contracts have one spelling (`es.C.0` is `ES.c.0`). Throws `malformedSymbol`, also for a symbology that
    /// the symbol's own prefix contradicts.
    package static func spelled(_ symbol: String, as symbology: Symbology?) throws(MarketDataError) -> String {
        var name = symbol
        var meant = symbology
        if let prefix = Symbology.allCases.first(where: { symbol.hasPrefix($0.rawValue + ":") }) {
            guard symbology == nil || symbology == prefix else {
                throw MarketDataError(
                    .malformedSymbol,
                    "'\(symbol.prefix(70))' says \(prefix.rawValue) itself, which stype_in contradicts"
                )
            }
            name = String(symbol.dropFirst(prefix.rawValue.count + 1))
            meant = prefix
        }
        let continuous = self.continuous(name)
        let implied = continuous == nil ? Symbology.rawSymbol : .continuous
        let spelled: String
        if let meant, meant != implied {
            spelled = "\(meant.rawValue):\(name)"
        } else {
            spelled = continuous ?? name
        }
        _ = try Series(provider: .simulated, symbol: spelled, timeframe: .oneMinute)
        return spelled
    }

    /// The canonical spelling of `ROOT.c|n|v.N`, or nil for anything else.
    private static func continuous(_ name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, ["c", "n", "v"].contains(parts[1].lowercased()),
            let rank = UInt8(parts[2]), String(rank) == parts[2]
        else { return nil }
        return "\(parts[0].uppercased()).\(parts[1].lowercased()).\(rank)"
    }
}
