/// A message of the gateway that is no error.
public struct SystemRecord: Hashable, Sendable {
    /// The header.
    public var header: RecordHeader
    /// The text, at most 302 ASCII characters when written.
    public var message: String
    /// The kind of message: 0 heartbeat, 1 subscription acknowledged, 2 slow reader, 3 replay completed, 4 end of
    /// interval, 5 subscription ended; 255 none.
    public var code: UInt8

    /// Creates a system record.
    public init(header: RecordHeader, message: String, code: UInt8) {
        self.header = header
        self.message = message
        self.code = code
    }
}

extension SystemRecord {
    private static let messageBytes = 303
    private static let messageBytesV1 = 64

    init(_ wire: WireReader, _ header: RecordHeader, version: UInt8) {
        self.header = header
        if version == 1 {
            self.message = wire.message(16, width: Self.messageBytesV1)
            self.code = Self.code(of: self.message)
        } else {
            self.message = wire.message(16, width: Self.messageBytes)
            self.code = wire.integer(319)
        }
    }

    /// Version 1 has no code: the vendor's own reader takes it from the text, and so it is done here.
    private static func code(of message: String) -> UInt8 {
        switch message {
        case "Heartbeat": 0
        case _ where message.hasPrefix("Subscription request ") && message.hasSuffix(" succeeded"): 1
        case _ where message.hasPrefix("Warning: slow reading"): 2
        case _ where message.hasPrefix("Finished ") && message.hasSuffix(" replay"): 3
        case _ where message.hasPrefix("End of interval for "): 4
        default: 255
        }
    }

    func write(to wire: WireWriter) throws(DBNError) {
        self.header.write(to: wire)
        try wire.set(16, self.message, width: Self.messageBytes, name: "a system message")
        wire.set(319, self.code)
    }
}
