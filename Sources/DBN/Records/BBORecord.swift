/// The best price level at the end of a second or minute, with the last trade.
public struct BBORecord: Hashable, Sendable {
    /// The header; its `tsEvent` is the last trade's time, or `DBN.undefinedTimestamp`.
    public var header: RecordHeader
    /// The price of the last trade, in billionths, or `DBN.undefinedPrice`.
    public var price: Int64
    /// The quantity of the last trade.
    public var size: UInt32
    /// The side of the last trade.
    public var side: Side
    /// Bit flags: 128 last record of the event, 64 top of book, 32 snapshot, 16 price level, 8 bad receive time,
    /// 4 perhaps a bad book.
    public var flags: UInt8
    /// The end of the interval, in nanoseconds.
    public var tsRecv: UInt64
    /// The venue's sequence number.
    public var sequence: UInt32
    /// The best bid and ask.
    public var level: BidAskLevel

    /// Creates a record.
    public init(
        header: RecordHeader,
        price: Int64,
        size: UInt32,
        side: Side,
        flags: UInt8,
        tsRecv: UInt64,
        sequence: UInt32,
        level: BidAskLevel
    ) {
        self.header = header
        self.price = price
        self.size = size
        self.side = side
        self.flags = flags
        self.tsRecv = tsRecv
        self.sequence = sequence
        self.level = level
    }
}

extension BBORecord {
    @inline(__always)
    init(_ wire: WireReader, _ header: RecordHeader) {
        self.header = header
        self.price = wire.integer(16)
        self.size = wire.integer(24)
        self.side = Side(rawValue: wire.integer(29))
        self.flags = wire.integer(30)
        self.tsRecv = wire.integer(32)
        self.sequence = wire.integer(44)
        self.level = BidAskLevel(wire)
    }

    func write(to wire: WireWriter) {
        self.header.write(to: wire)
        wire.set(16, self.price)
        wire.set(24, self.size)
        wire.set(29, self.side.rawValue)
        wire.set(30, self.flags)
        wire.set(32, self.tsRecv)
        wire.set(44, self.sequence)
        self.level.write(to: wire)
    }
}
