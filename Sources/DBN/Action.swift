/// What happened to an order or the book.
///
/// New values pass through.
public struct Action: RawRepresentable, Hashable, Sendable {
    /// The ASCII code on the wire.
    public let rawValue: UInt8

    /// Creates an action from the ASCII code on the wire.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `A`: an order was added.
    public static let add = Self(rawValue: UInt8(ascii: "A"))
    /// `C`: an order was cancelled.
    public static let cancel = Self(rawValue: UInt8(ascii: "C"))
    /// `M`: an order was changed.
    public static let modify = Self(rawValue: UInt8(ascii: "M"))
    /// `R`: the book was cleared.
    public static let clear = Self(rawValue: UInt8(ascii: "R"))
    /// `T`: a trade.
    public static let trade = Self(rawValue: UInt8(ascii: "T"))
    /// `F`: a resting order was filled.
    public static let fill = Self(rawValue: UInt8(ascii: "F"))
    /// `N`: nothing that changes the book.
    public static let none = Self(rawValue: UInt8(ascii: "N"))
}
