/// One price level of one venue's book.
public struct BidAskLevel: Hashable, Sendable {
    /// The bid, in billionths, or `DBN.undefinedPrice`.
    public var bidPrice: Int64
    /// The ask, in billionths, or `DBN.undefinedPrice`.
    public var askPrice: Int64
    /// The quantity at the bid.
    public var bidSize: UInt32
    /// The quantity at the ask.
    public var askSize: UInt32
    /// The number of orders at the bid.
    public var bidCount: UInt32
    /// The number of orders at the ask.
    public var askCount: UInt32

    /// Creates a level.
    public init(
        bidPrice: Int64,
        askPrice: Int64,
        bidSize: UInt32,
        askSize: UInt32,
        bidCount: UInt32,
        askCount: UInt32
    ) {
        self.bidPrice = bidPrice
        self.askPrice = askPrice
        self.bidSize = bidSize
        self.askSize = askSize
        self.bidCount = bidCount
        self.askCount = askCount
    }
}

extension BidAskLevel {
    @inline(__always)
    init(_ wire: WireReader) {
        self.bidPrice = wire.integer(48)
        self.askPrice = wire.integer(56)
        self.bidSize = wire.integer(64)
        self.askSize = wire.integer(68)
        self.bidCount = wire.integer(72)
        self.askCount = wire.integer(76)
    }

    func write(to wire: WireWriter) {
        wire.set(48, self.bidPrice)
        wire.set(56, self.askPrice)
        wire.set(64, self.bidSize)
        wire.set(68, self.askSize)
        wire.set(72, self.bidCount)
        wire.set(76, self.askCount)
    }
}
