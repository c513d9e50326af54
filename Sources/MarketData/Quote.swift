/// The best bid and ask at one instant.
///
/// A side without an order has a nil price and a nil size.
public struct Quote: Hashable, Sendable {
    /// When the quote stood.
    public var timestamp: Timestamp
    /// The best bid, or nil when nobody bids.
    public var bidPrice: Double?
    /// The best ask, or nil when nobody offers.
    public var askPrice: Double?
    /// The quantity at the best bid.
    public var bidSize: Double?
    /// The quantity at the best ask.
    public var askSize: Double?

    /// Creates a quote.
    public init(timestamp: Timestamp, bidPrice: Double?, askPrice: Double?, bidSize: Double?, askSize: Double?) {
        self.timestamp = timestamp
        self.bidPrice = bidPrice
        self.askPrice = askPrice
        self.bidSize = bidSize
        self.askSize = askSize
    }

    /// The middle of bid and ask, or nil when a side is empty.
    public var middle: Double? {
        guard let bid = self.bidPrice, let ask = self.askPrice else { return nil }
        return bid + (ask - bid) / 2
    }

    /// Ask less bid, or nil when a side is empty.
    ///
    /// Negative in a crossed market.
    public var spread: Double? {
        guard let bid = self.bidPrice, let ask = self.askPrice else { return nil }
        return ask - bid
    }
}
