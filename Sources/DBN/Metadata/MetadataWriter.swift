/// Writes the metadata of version 3.
struct MetadataWriter {
    private static let symbolBytes = DBN.symbolBytesMax + 1
    private static let dateBytes = 4
    private static let countBytes = 4

    private let wire: WireWriter
    private var offset = MetadataLayout.lists

    /// The size of the block, a multiple of 8 so that the records behind it are aligned.
    static func byteCount(_ metadata: DBNMetadata) throws(DBNError) -> Int {
        let symbolCount = metadata.symbols.count + metadata.partial.count + metadata.notFound.count
        let intervalCount = metadata.mappings.reduce(0) { $0 + $1.intervals.count }
        let byteCount =
            MetadataLayout.lists + 4 * Self.countBytes + symbolCount * Self.symbolBytes
            + metadata.mappings.count * (Self.symbolBytes + Self.countBytes)
            + intervalCount * (Self.symbolBytes + 2 * Self.dateBytes)
        guard byteCount < UInt32.max - 8 else {
            throw DBNError(.unencodable, "\(byteCount) bytes of metadata; a stream can have 4 GiB", at: 0)
        }
        return (byteCount + 7) / 8 * 8
    }

    /// Fills `block`, which holds as many zeros as `byteCount` says.
    static func write(_ metadata: DBNMetadata, to block: UnsafeMutableRawBufferPointer) throws(DBNError) {
        var writer = Self(wire: WireWriter(bytes: block, streamOffset: 0))
        try writer.writeFixedPart(metadata)
        for symbols in [metadata.symbols, metadata.partial, metadata.notFound] {
            writer.set(UInt32(symbols.count))
            for symbol in symbols {
                try writer.set(symbol)
            }
        }
        writer.set(UInt32(metadata.mappings.count))
        for mapping in metadata.mappings {
            try writer.set(mapping.rawSymbol)
            writer.set(UInt32(mapping.intervals.count))
            for interval in mapping.intervals {
                writer.set(interval.startDate)
                writer.set(interval.endDate)
                try writer.set(interval.symbol)
            }
        }
    }

    private init(wire: WireWriter) {
        self.wire = wire
    }

    private func writeFixedPart(_ metadata: DBNMetadata) throws(DBNError) {
        let version = DBN.version
        for (offset, byte) in "DBN".utf8.enumerated() {
            self.wire.set(offset, byte)
        }
        self.wire.set(3, version)
        self.wire.set(4, UInt32(self.wire.bytes.count - MetadataLayout.preludeBytes))
        let dataset = MetadataLayout.dataset
        try self.wire.set(dataset.offset, metadata.dataset, width: dataset.width, name: "the dataset")
        self.wire.set(MetadataLayout.schema, metadata.schema?.rawValue ?? MetadataLayout.noSchema)
        self.wire.set(MetadataLayout.start, metadata.start)
        self.wire.set(MetadataLayout.end, metadata.end ?? MetadataLayout.noTimestamp)
        self.wire.set(MetadataLayout.limit, metadata.limit ?? 0)
        self.wire.set(MetadataLayout.stypeIn(version: version), (metadata.stypeIn ?? .none).rawValue)
        self.wire.set(MetadataLayout.stypeOut(version: version), metadata.stypeOut.rawValue)
        self.wire.set(MetadataLayout.symbolBytes, UInt16(Self.symbolBytes))
    }

    private mutating func set(_ number: UInt32) {
        self.wire.set(self.offset, number)
        self.offset += 4
    }

    private mutating func set(_ symbol: String) throws(DBNError) {
        try self.wire.set(self.offset, symbol, width: Self.symbolBytes, name: "a symbol of the metadata")
        self.offset += Self.symbolBytes
    }
}
