/// The side of an order, or of the order that caused a trade.
///
/// New values pass through.
public struct Side: RawRepresentable, Hashable, Sendable {
    /// The ASCII code on the wire.
    public let rawValue: UInt8

    /// Creates a side from the ASCII code on the wire.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `A`: a sell order; in a trade, the seller was the aggressor.
    public static let ask = Self(rawValue: UInt8(ascii: "A"))
    /// `B`: a buy order; in a trade, the buyer was the aggressor.
    public static let bid = Self(rawValue: UInt8(ascii: "B"))
    /// `N`: the venue does not say.
    public static let none = Self(rawValue: UInt8(ascii: "N"))
}
