/// One trade.
public struct Trade: Hashable, Sendable {
    /// The side that took the initiative.
    public enum Side: String, Hashable, Sendable {
        /// A buyer lifted the offer.
        case buy
        /// A seller hit the bid.
        case sell
        /// Not told.
        case none
    }

    /// When the trade happened, by the venue's clock.
    public var timestamp: Timestamp
    /// The price; may be negative.
    public var price: Double
    /// The quantity.
    public var size: Double
    /// Who took the initiative.
    public var side: Side
    /// The venue's sequence number, 0 when unknown.
    public var sequence: UInt32

    /// Creates a trade.
    public init(timestamp: Timestamp, price: Double, size: Double, side: Side, sequence: UInt32) {
        self.timestamp = timestamp
        self.price = price
        self.size = size
        self.side = side
        self.sequence = sequence
    }
}
