/// A change of the best price level (`mbp-1`), or a trade with the best price level just before it (`tbbo`).
public struct MBP1Record: Hashable, Sendable {
    /// The header.
    public var header: RecordHeader
    /// The price, in billionths, or `DBN.undefinedPrice`.
    public var price: Int64
    /// The quantity.
    public var size: UInt32
    /// What happened.
    public var action: Action
    /// The side of the aggressor or of the order.
    public var side: Side
    /// Bit flags: 128 last record of the event, 64 top of book, 32 snapshot, 16 price level, 8 bad receive time,
    /// 4 perhaps a bad book.
    public var flags: UInt8
    /// The price level that changed, from 0.
    public var depth: UInt8
    /// When the vendor received it, in nanoseconds.
    public var tsRecv: UInt64
    /// `tsRecv` less the time at which the venue sent it, in nanoseconds.
    public var tsInDelta: Int32
    /// The venue's sequence number.
    public var sequence: UInt32
    /// The best bid and ask after the event (`mbp-1`) or just before the trade (`tbbo`).
    public var level: BidAskLevel

    /// Creates a record.
    public init(
        header: RecordHeader,
        price: Int64,
        size: UInt32,
        action: Action,
        side: Side,
        flags: UInt8,
        depth: UInt8,
        tsRecv: UInt64,
        tsInDelta: Int32,
        sequence: UInt32,
        level: BidAskLevel
    ) {
        self.header = header
        self.price = price
        self.size = size
        self.action = action
        self.side = side
        self.flags = flags
        self.depth = depth
        self.tsRecv = tsRecv
        self.tsInDelta = tsInDelta
        self.sequence = sequence
        self.level = level
    }
}

extension MBP1Record {
    @inline(__always)
    init(_ wire: WireReader, _ header: RecordHeader) {
        self.header = header
        self.price = wire.integer(16)
        self.size = wire.integer(24)
        self.action = Action(rawValue: wire.integer(28))
        self.side = Side(rawValue: wire.integer(29))
        self.flags = wire.integer(30)
        self.depth = wire.integer(31)
        self.tsRecv = wire.integer(32)
        self.tsInDelta = wire.integer(40)
        self.sequence = wire.integer(44)
        self.level = BidAskLevel(wire)
    }

    func write(to wire: WireWriter) {
        self.header.write(to: wire)
        wire.set(16, self.price)
        wire.set(24, self.size)
        wire.set(28, self.action.rawValue)
        wire.set(29, self.side.rawValue)
        wire.set(30, self.flags)
        wire.set(31, self.depth)
        wire.set(32, self.tsRecv)
        wire.set(40, self.tsInDelta)
        wire.set(44, self.sequence)
        self.level.write(to: wire)
    }
}
