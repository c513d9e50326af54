/// An error of the gateway.
public struct ErrorRecord: Hashable, Sendable {
    /// The header.
    public var header: RecordHeader
    /// What went wrong, at most 301 ASCII characters when written.
    public var message: String
    /// The kind of error: 1 authentication failed, 4 symbol not resolved, 6 internal, 7 records skipped, 8 replay too
    /// old and more; 255 none.
    public var code: UInt8
    /// 1 on the last error of a burst, 0 on the others, 255 when unknown.
    public var isLast: UInt8

    /// Creates an error record.
    public init(header: RecordHeader, message: String, code: UInt8, isLast: UInt8) {
        self.header = header
        self.message = message
        self.code = code
        self.isLast = isLast
    }
}

extension ErrorRecord {
    private static let messageBytes = 302
    private static let messageBytesV1 = 64

    init(_ wire: WireReader, _ header: RecordHeader, version: UInt8) {
        self.header = header
        if version == 1 {
            self.message = wire.message(16, width: Self.messageBytesV1)
            self.code = Self.code(of: self.message)
            self.isLast = 255
        } else {
            self.message = wire.message(16, width: Self.messageBytes)
            self.code = wire.integer(318)
            self.isLast = wire.integer(319)
        }
    }

    /// Version 1 has no code: the vendor's own reader takes it from the text, and so it is done here.
    private static func code(of message: String) -> UInt8 {
        switch message {
        case "User or API key deactivated": 2
        case "User has reached their open connection limit": 3
        case _ where message.hasPrefix("Failed to resolve symbol"): 4
        case "Internal error": 6
        case _ where message.hasPrefix("Slow client detected for "): 7
        default: 255
        }
    }

    func write(to wire: WireWriter) throws(DBNError) {
        self.header.write(to: wire)
        try wire.set(16, self.message, width: Self.messageBytes, name: "an error's message")
        wire.set(318, self.code)
        wire.set(319, self.isLast)
    }
}
