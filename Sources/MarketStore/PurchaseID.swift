/// The number of a purchase in the ledger.
public struct PurchaseID: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// The row's id.
    public let rawValue: Int64

    /// Creates the identifier of the row with this id.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The number.
    public var description: String { String(self.rawValue) }
}
