/// A trading status of an instrument.
public struct StatusRecord: Hashable, Sendable {
    /// The header.
    public var header: RecordHeader
    /// When the vendor received it, in nanoseconds.
    public var tsRecv: UInt64
    /// What changed: 7 trading, 8 halt, 9 pause, 12 close and more.
    public var action: UInt16
    /// Why, as a number of an open list.
    public var reason: UInt16
    /// A further effect: 1 no cancellation, 2 change of session, 3 implied matching on, 4 off.
    public var tradingEvent: UInt16
    /// Whether it trades: ASCII `Y`, `N`, or `~` when the venue does not say.
    public var isTrading: UInt8
    /// Whether it is quoted: ASCII `Y`, `N`, or `~` when the venue does not say.
    public var isQuoting: UInt8
    /// Whether short sales are restricted: ASCII `Y`, `N`, or `~` when the venue does not say.
    public var isShortSellRestricted: UInt8

    /// Creates a record.
    public init(
        header: RecordHeader,
        tsRecv: UInt64,
        action: UInt16,
        reason: UInt16,
        tradingEvent: UInt16,
        isTrading: UInt8,
        isQuoting: UInt8,
        isShortSellRestricted: UInt8
    ) {
        self.header = header
        self.tsRecv = tsRecv
        self.action = action
        self.reason = reason
        self.tradingEvent = tradingEvent
        self.isTrading = isTrading
        self.isQuoting = isQuoting
        self.isShortSellRestricted = isShortSellRestricted
    }
}

extension StatusRecord {
    @inline(__always)
    init(_ wire: WireReader, _ header: RecordHeader) {
        self.header = header
        self.tsRecv = wire.integer(16)
        self.action = wire.integer(24)
        self.reason = wire.integer(26)
        self.tradingEvent = wire.integer(28)
        self.isTrading = wire.integer(30)
        self.isQuoting = wire.integer(31)
        self.isShortSellRestricted = wire.integer(32)
    }

    func write(to wire: WireWriter) {
        self.header.write(to: wire)
        wire.set(16, self.tsRecv)
        wire.set(24, self.action)
        wire.set(26, self.reason)
        wire.set(28, self.tradingEvent)
        wire.set(30, self.isTrading)
        wire.set(31, self.isQuoting)
        wire.set(32, self.isShortSellRestricted)
    }
}
