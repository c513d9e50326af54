/// The mapping of a symbol to an instrument, in live streams.
public struct SymbolMappingRecord: Hashable, Sendable {
    /// The header; its `instrumentID` is what the records of the symbol carry.
    public var header: RecordHeader
    /// How `stypeInSymbol` is meant; `SType.none` in streams that were version 1.
    public var stypeIn: SType
    /// The symbol as it was subscribed to, at most 70 ASCII characters.
    public var stypeInSymbol: String
    /// How `stypeOutSymbol` is meant; `SType.none` in streams that were version 1.
    public var stypeOut: SType
    /// The symbol that it stands for, at most 70 ASCII characters.
    public var stypeOutSymbol: String
    /// From when the mapping holds, in nanoseconds, or `DBN.undefinedTimestamp`.
    public var startTs: UInt64
    /// Until when the mapping holds, in nanoseconds, or `DBN.undefinedTimestamp`.
    public var endTs: UInt64

    /// Creates a mapping.
    public init(
        header: RecordHeader,
        stypeIn: SType,
        stypeInSymbol: String,
        stypeOut: SType,
        stypeOutSymbol: String,
        startTs: UInt64,
        endTs: UInt64
    ) {
        self.header = header
        self.stypeIn = stypeIn
        self.stypeInSymbol = stypeInSymbol
        self.stypeOut = stypeOut
        self.stypeOutSymbol = stypeOutSymbol
        self.startTs = startTs
        self.endTs = endTs
    }
}

extension SymbolMappingRecord {
    private static let symbolBytes = DBN.symbolBytesMax + 1
    private static let symbolBytesV1 = 22

    init(_ wire: WireReader, _ header: RecordHeader, version: UInt8) throws(DBNError) {
        self.header = header
        if version == 1 {
            self.stypeIn = .none
            self.stypeInSymbol = try wire.name(16, width: Self.symbolBytesV1)
            self.stypeOut = .none
            self.stypeOutSymbol = try wire.name(38, width: Self.symbolBytesV1)
            self.startTs = wire.integer(64)
            self.endTs = wire.integer(72)
        } else {
            self.stypeIn = SType(rawValue: wire.integer(16))
            self.stypeInSymbol = try wire.name(17, width: Self.symbolBytes)
            self.stypeOut = SType(rawValue: wire.integer(88))
            self.stypeOutSymbol = try wire.name(89, width: Self.symbolBytes)
            self.startTs = wire.integer(160)
            self.endTs = wire.integer(168)
        }
    }

    func write(to wire: WireWriter) throws(DBNError) {
        self.header.write(to: wire)
        wire.set(16, self.stypeIn.rawValue)
        try wire.set(17, self.stypeInSymbol, width: Self.symbolBytes, name: "a mapping's symbol")
        wire.set(88, self.stypeOut.rawValue)
        try wire.set(89, self.stypeOutSymbol, width: Self.symbolBytes, name: "a mapping's symbol")
        wire.set(160, self.startTs)
        wire.set(168, self.endTs)
    }
}
