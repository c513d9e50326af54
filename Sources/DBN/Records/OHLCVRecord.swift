/// A bar.
///
/// No record stands for a period without trades.
public struct OHLCVRecord: Hashable, Sendable {
    /// The header; its `tsEvent` is the start of the period.
    public var header: RecordHeader
    /// The first price, in billionths.
    public var open: Int64
    /// The highest price, in billionths.
    public var high: Int64
    /// The lowest price, in billionths.
    public var low: Int64
    /// The last price, in billionths.
    public var close: Int64
    /// The quantity that was traded.
    public var volume: UInt64

    /// Creates a bar.
    public init(header: RecordHeader, open: Int64, high: Int64, low: Int64, close: Int64, volume: UInt64) {
        self.header = header
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}

extension OHLCVRecord {
    @inline(__always)
    init(_ wire: WireReader, _ header: RecordHeader) {
        self.header = header
        self.open = wire.integer(16)
        self.high = wire.integer(24)
        self.low = wire.integer(32)
        self.close = wire.integer(40)
        self.volume = wire.integer(48)
    }

    func write(to wire: WireWriter) {
        self.header.write(to: wire)
        wire.set(16, self.open)
        wire.set(24, self.high)
        wire.set(32, self.low)
        wire.set(40, self.close)
        wire.set(48, self.volume)
    }
}
