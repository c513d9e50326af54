import DBN

/// A symbol as Databento takes it: a name and how it is meant.
///
/// `ROOT.c.N`, `ROOT.n.N` and `ROOT.v.N` are continuous contracts, everything else is the venue's own name, unless a
/// prefix such as `instrument_id:` or `raw_symbol:` says otherwise.
public struct DatabentoSymbol: Hashable, Sendable, CustomStringConvertible {
    /// The name: `ESZ6`, `ES.c.0`, `5482`.
    public let name: String
    /// The vendor's word for how the name is meant: `raw_symbol`, `continuous` or `instrument_id`.
    public let stype: String

    /// What a prefix may say.
    private static let prefixes = ["raw_symbol", "continuous", "instrument_id"]

    /// Reads a symbol.
    ///
    /// A continuous one may be spelled in any case: `es.C.0` is `ES.c.0`. Throws `symbolUnknown` for a symbol that stands
    /// for many instruments or lists several, and for one that is not what its prefix says.
    public init(parsing text: String) throws(ProviderError) {
        let (prefix, name) = Self.split(text)
        guard !name.isEmpty, !name.contains(","), name != "ALL_SYMBOLS" else {
            throw ProviderError(.symbolUnknown, "'\(text)' is not one instrument: name a single symbol")
        }
        let continuous = Self.continuous(name)
        switch prefix {
        case "raw_symbol":
            self.init(name: name, stype: "raw_symbol")
        case "instrument_id":
            guard UInt32(name) != nil else {
                throw ProviderError(.symbolUnknown, "'\(name)' is not an instrument id: use a whole number")
            }
            self.init(name: name, stype: "instrument_id")
        case "continuous":
            guard let continuous else {
                throw ProviderError(
                    .symbolUnknown,
                    "'\(name)' is not a continuous contract: use ROOT.c.0, .n.0 or .v.0"
                )
            }
            self.init(name: continuous, stype: "continuous")
        default:
            self.init(name: continuous ?? name, stype: continuous == nil ? "raw_symbol" : "continuous")
        }
    }

    private init(name: String, stype: String) {
        self.name = name
        self.stype = stype
    }

    /// The spelling that names the same symbol everywhere: the prefix only where the shape says something else.
    public var description: String {
        let byShape = Self.continuous(self.name) == nil ? "raw_symbol" : "continuous"
        return self.stype == byShape ? self.name : "\(self.stype):\(self.name)"
    }

    /// A name may hold a colon itself: only a known word in front of it is a prefix.
    private static func split(_ text: String) -> (prefix: String?, name: String) {
        guard let colon = text.firstIndex(of: ":") else { return (nil, text) }
        let prefix = text[..<colon].lowercased()
        guard self.prefixes.contains(prefix) else { return (nil, text) }
        return (prefix, String(text[text.index(after: colon)...]))
    }

    /// The canonical spelling of a continuous contract, or nil when it is none.
    private static func continuous(_ name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, ["c", "n", "v"].contains(parts[1].lowercased()),
            let rank = UInt8(parts[2]), String(rank) == parts[2]
        else { return nil }
        return "\(parts[0].uppercased()).\(parts[1].lowercased()).\(rank)"
    }
}
