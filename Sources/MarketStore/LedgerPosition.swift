public import MarketData

/// A place in the list of purchases, which is sorted by time and number, the newest first.
///
/// Purchases that are made while somebody turns pages do not move it.
public struct LedgerPosition: Hashable, Sendable, LosslessStringConvertible {
    /// When the purchase at the place was written down.
    public let startedAt: Timestamp
    /// The purchase at the place.
    public let id: PurchaseID

    /// The place of a purchase.
    public init(of purchase: Purchase) {
        self.startedAt = purchase.startedAt
        self.id = purchase.id
    }

    /// Reads what `description` wrote.
    public init?(_ description: String) {
        let parts = description.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]), time >= 0, id >= 0 else {
            return nil
        }
        self.startedAt = Timestamp(nanoseconds: time)
        self.id = PurchaseID(rawValue: id)
    }

    /// Time in nanoseconds and number, joined by `-`.
    public var description: String { "\(self.startedAt.nanoseconds)-\(self.id)" }
}
