/// How a symbol is meant.
///
/// New values pass through as numbers.
public struct SType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt8

    /// Creates a symbology type from the number on the wire.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A number that the venue or the vendor gave, unique within one dataset and UTC day only.
    public static let instrumentID = Self(rawValue: 0)
    /// The venue's own name, such as `ESZ6`.
    public static let rawSymbol = Self(rawValue: 1)
    /// A rolling name, such as `ES.c.0`.
    public static let continuous = Self(rawValue: 3)
    /// A family of instruments, such as `ES.FUT`.
    public static let parent = Self(rawValue: 4)
    /// None, or several in one stream.
    public static let none = Self(rawValue: 0xFF)

    /// The vendor's names, at the index of their number.
    private static let names = [
        "instrument_id", "raw_symbol", "smart", "continuous", "parent", "nasdaq_symbol", "cms_symbol", "isin",
        "us_code", "bbg_comp_id", "bbg_comp_ticker", "figi", "figi_ticker", "listing_id", "issuer_id", "security_id",
    ]

    /// Creates a symbology type from the vendor's name, such as `raw_symbol`; nil when the name is unknown.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    /// The vendor's name, or nil for a number that is not known here.
    public var name: String? {
        Int(self.rawValue) < Self.names.count ? Self.names[Int(self.rawValue)] : nil
    }

    /// The name, else the number.
    public var description: String { self.name ?? "stype \(self.rawValue)" }
}
