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
    /// Continuous contracts, numbers and prefixes have one spelling (`es.C.0` is `ES.c.0`). Throws `malformedSymbol`, also
    /// for a symbology that the symbol's own prefix contradicts.
    package static func spelled(_ symbol: String, as symbology: Symbology?) throws(MarketDataError) -> String {
        // Before letters change their case: there are some beyond ASCII whose capitals are ASCII.
        try self.check(symbol)
        let (prefix, name) = self.split(symbol)
        guard prefix == nil || symbology == nil || symbology == prefix else {
            throw MarketDataError(.malformedSymbol, "'\(symbol)' says otherwise itself than stype_in")
        }
        guard self.split(name).prefix == nil else {
            throw MarketDataError(.malformedSymbol, "'\(symbol)' says twice what it is a name of")
        }
        let continuous = self.continuous(name)
        let implied = continuous == nil ? Symbology.rawSymbol : .continuous
        let spelled =
            switch prefix ?? symbology ?? implied {
            case implied: continuous ?? name
            case .instrumentID: "\(Symbology.instrumentID.rawValue):\(UInt32(name).map(String.init) ?? name)"
            case let meant: "\(meant.rawValue):\(name)"
            }
        try self.check(spelled)
        return spelled
    }

    /// Throws what a series of the symbol would.
    private static func check(_ symbol: String) throws(MarketDataError) {
        _ = try Series(provider: .simulated, symbol: symbol, timeframe: .oneMinute)
    }

    /// A name may hold a colon itself: only a symbology's name in front of it, in any case, is a prefix.
    private static func split(_ symbol: String) -> (prefix: Symbology?, name: String) {
        guard let colon = symbol.firstIndex(of: ":"), let prefix = Symbology(rawValue: symbol[..<colon].lowercased())
        else { return (nil, symbol) }
        return (prefix, String(symbol[symbol.index(after: colon)...]))
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
