/// A change of the best price level over all venues (`cmbp-1`), or a trade with that level just before it (`tcbbo`).
public struct CMBP1Record: Hashable, Sendable {
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
    /// When the vendor received it, in nanoseconds.
    public var tsRecv: UInt64
    /// `tsRecv` less the time at which the venue sent it, in nanoseconds.
    public var tsInDelta: Int32
    /// The best bid and ask after the event (`cmbp-1`) or just before the trade (`tcbbo`).
    public var level: ConsolidatedLevel

    /// Creates a record.
    public init(
        header: RecordHeader,
        price: Int64,
        size: UInt32,
        action: Action,
        side: Side,
        flags: UInt8,
        tsRecv: UInt64,
        tsInDelta: Int32,
        level: ConsolidatedLevel
    ) {
        self.header = header
        self.price = price
        self.size = size
        self.action = action
        self.side = side
        self.flags = flags
        self.tsRecv = tsRecv
        self.tsInDelta = tsInDelta
        self.level = level
    }
}

extension CMBP1Record {
    @inline(__always)
    init(_ wire: WireReader, _ header: RecordHeader) {
        self.header = header
        self.price = wire.integer(16)
        self.size = wire.integer(24)
        self.action = Action(rawValue: wire.integer(28))
        self.side = Side(rawValue: wire.integer(29))
        self.flags = wire.integer(30)
        self.tsRecv = wire.integer(32)
        self.tsInDelta = wire.integer(40)
        self.level = ConsolidatedLevel(wire)
    }

    func write(to wire: WireWriter) {
        self.header.write(to: wire)
        wire.set(16, self.price)
        wire.set(24, self.size)
        wire.set(28, self.action.rawValue)
        wire.set(29, self.side.rawValue)
        wire.set(30, self.flags)
        wire.set(32, self.tsRecv)
        wire.set(40, self.tsInDelta)
        self.level.write(to: wire)
    }
}
