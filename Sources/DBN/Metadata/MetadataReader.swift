/// Reads the metadata of versions 1 to 3 from the bytes of the whole block, each byte once.
struct MetadataReader {
    private let wire: WireReader
    private let symbolBytes: Int
    private var offset = MetadataLayout.lists

    /// Reads a block of which the prelude has been checked.
    static func read(_ block: UnsafeRawBufferPointer, version: UInt8) throws(DBNError) -> DBNMetadata {
        var reader = try Self(block, version: version)
        return try reader.read(version: version)
    }

    private init(_ block: UnsafeRawBufferPointer, version: UInt8) throws(DBNError) {
        precondition(block.count >= MetadataLayout.preludeBytes + MetadataLayout.fixedBytes)
        self.wire = WireReader(bytes: block, streamOffset: 0)
        self.symbolBytes =
            version == 1
            ? MetadataLayout.symbolBytesV1 : Int(self.wire.integer(MetadataLayout.symbolBytes, as: UInt16.self))
        // Below this width, a small block could hold so many symbols that decoding it took far more memory than it.
        guard self.symbolBytes >= MetadataLayout.symbolBytesV1 else {
            let message = "symbols are said to take \(self.symbolBytes) bytes; at least 22 are needed"
            throw DBNError(.corruptMetadata, message, at: MetadataLayout.symbolBytes)
        }
        let definitionBytes = self.wire.integer(MetadataLayout.schemaDefinitionLength, as: UInt32.self)
        guard definitionBytes == 0 else {
            let message = "a schema definition of \(definitionBytes) bytes; no version has one"
            throw DBNError(.corruptMetadata, message, at: MetadataLayout.schemaDefinitionLength)
        }
    }

    private mutating func read(version: UInt8) throws(DBNError) -> DBNMetadata {
        let dataset = MetadataLayout.dataset
        let schema = self.wire.integer(MetadataLayout.schema, as: UInt16.self)
        let end = self.wire.integer(MetadataLayout.end, as: UInt64.self)
        let limit = self.wire.integer(MetadataLayout.limit, as: UInt64.self)
        let stypeIn = SType(rawValue: self.wire.integer(MetadataLayout.stypeIn(version: version)))
        var metadata = DBNMetadata(
            dataset: try self.wire.name(dataset.offset, width: dataset.width, code: .corruptMetadata),
            schema: schema == MetadataLayout.noSchema ? nil : Schema(rawValue: schema),
            start: self.wire.integer(MetadataLayout.start),
            end: end == MetadataLayout.noTimestamp || end == 0 ? nil : end,
            limit: limit == 0 ? nil : limit,
            stypeIn: stypeIn == .none ? nil : stypeIn,
            stypeOut: SType(rawValue: self.wire.integer(MetadataLayout.stypeOut(version: version))),
            symbols: try self.symbols(),
            partial: try self.symbols(),
            notFound: try self.symbols(),
            mappings: try self.mappings()
        )
        metadata.version = version
        metadata.tsOut = self.wire.integer(MetadataLayout.tsOut(version: version), as: UInt8.self) != 0
        return metadata
    }

    private mutating func symbols() throws(DBNError) -> [String] {
        let count = try self.count(ofAtLeast: self.symbolBytes, "symbols")
        var symbols: [String] = []
        symbols.reserveCapacity(count)
        for _ in 0..<count {
            symbols.append(try self.symbol())
        }
        return symbols
    }

    private mutating func mappings() throws(DBNError) -> [SymbolMapping] {
        let count = try self.count(ofAtLeast: self.symbolBytes + 4, "mappings")
        var mappings: [SymbolMapping] = []
        mappings.reserveCapacity(count)
        for _ in 0..<count {
            let rawSymbol = try self.symbol()
            let intervalCount = try self.count(ofAtLeast: self.symbolBytes + 8, "intervals")
            var intervals: [SymbolMapping.Interval] = []
            intervals.reserveCapacity(intervalCount)
            for _ in 0..<intervalCount {
                intervals.append(
                    SymbolMapping.Interval(
                        startDate: try self.date(),
                        endDate: try self.date(),
                        symbol: try self.symbol()
                    )
                )
            }
            mappings.append(SymbolMapping(rawSymbol: rawSymbol, intervals: intervals))
        }
        return mappings
    }

    /// A count of things of at least `width` bytes, checked against what is left: a lie costs no memory.
    private mutating func count(ofAtLeast width: Int, _ name: StaticString) throws(DBNError) -> Int {
        let count = Int(self.wire.integer(try self.take(4), as: UInt32.self))
        let remaining = self.wire.bytes.count - self.offset
        guard count <= remaining / width else {
            let message = "\(count) \(name) do not fit into the \(remaining) bytes that are left"
            throw DBNError(.corruptMetadata, message, at: self.offset - 4)
        }
        return count
    }

    private mutating func symbol() throws(DBNError) -> String {
        try self.wire.name(try self.take(self.symbolBytes), width: self.symbolBytes, code: .corruptMetadata)
    }

    private mutating func date() throws(DBNError) -> UInt32 {
        let offset = try self.take(4)
        let date = self.wire.integer(offset, as: UInt32.self)
        let (month, day) = (date / 100 % 100, date % 100)
        guard date < 10_000_00_00, (1...12).contains(month), (1...31).contains(day) else {
            throw DBNError(.corruptMetadata, "\(date) is not a date of the form YYYYMMDD", at: offset)
        }
        return date
    }

    /// The offset of the next bytes, which are then counted as read.
    private mutating func take(_ count: Int) throws(DBNError) -> Int {
        guard self.wire.bytes.count - self.offset >= count else {
            throw DBNError(.corruptMetadata, "the metadata are longer than their length says", at: self.offset)
        }
        defer { self.offset += count }
        return self.offset
    }
}
