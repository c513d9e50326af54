/// The first 16 bytes of every record.
public struct RecordHeader: Hashable, Sendable {
    /// The size of the record that was read, in words of 4 bytes, header and send time included.
    ///
    /// The encoder ignores it and writes the size that version 3 demands.
    public var length: UInt8
    /// The type of the record.
    public var rtype: RType
    /// The dataset and venue; 0 on records that the gateway made.
    public var publisherID: UInt16
    /// The instrument, unique within one dataset and UTC day only; 0 on records without an instrument.
    public var instrumentID: UInt32
    /// The event's time, or the start of a bar's period, in nanoseconds; may be `DBN.undefinedTimestamp`.
    public var tsEvent: UInt64

    /// Creates a header.
    public init(length: UInt8, rtype: RType, publisherID: UInt16, instrumentID: UInt32, tsEvent: UInt64) {
        self.length = length
        self.rtype = rtype
        self.publisherID = publisherID
        self.instrumentID = instrumentID
        self.tsEvent = tsEvent
    }

    /// Creates the header of a record that is modelled here, with the length that version 3 gives it.
    public init(rtype: RType, publisherID: UInt16, instrumentID: UInt32, tsEvent: UInt64) {
        let byteCount = RecordLayout(rtype)?.byteCount(version: DBN.version) ?? Self.byteCount
        self.init(
            length: UInt8(byteCount / Self.bytesPerWord),
            rtype: rtype,
            publisherID: publisherID,
            instrumentID: instrumentID,
            tsEvent: tsEvent
        )
    }
}

extension RecordHeader {
    static let byteCount = 16
    static let bytesPerWord = 4

    @inline(__always)
    init(_ wire: WireReader) {
        self.length = wire.integer(0)
        self.rtype = RType(rawValue: wire.integer(1))
        self.publisherID = wire.integer(2)
        self.instrumentID = wire.integer(4)
        self.tsEvent = wire.integer(8)
    }

    func write(to wire: WireWriter) {
        wire.set(0, UInt8(wire.bytes.count / Self.bytesPerWord))
        wire.set(1, self.rtype.rawValue)
        wire.set(2, self.publisherID)
        wire.set(4, self.instrumentID)
        wire.set(8, self.tsEvent)
    }
}
