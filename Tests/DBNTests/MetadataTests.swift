import Testing

@testable import DBN

@Suite struct MetadataTests {
    /// Metadata that fill every list.
    private static let rich = DBNMetadata(
        dataset: "TEST.FIXTURE",
        schema: Schema(rawValue: 999),
        start: 5,
        end: nil,
        limit: 77,
        stypeIn: nil,
        stypeOut: .rawSymbol,
        symbols: ["ES.FUT", String(repeating: "L", count: DBN.symbolBytesMax)],
        partial: ["ESU4"],
        notFound: ["NONE"],
        mappings: [
            SymbolMapping(
                rawSymbol: "ESU4",
                intervals: [
                    .init(startDate: 20_240_228, endDate: 20_240_301, symbol: "5482"),
                    .init(startDate: 20_240_302, endDate: 20_241_231, symbol: "5483"),
                ]
            ),
            SymbolMapping(rawSymbol: "NEVER", intervals: []),
        ]
    )

    @Test(arguments: [DBNEncoder.Compression.none, .zstd(level: 3)])
    func metadataThatAreWrittenAreReadBack(compression: DBNEncoder.Compression) throws {
        let bytes = try Encoded.stream(Self.rich, [], .init(compression: compression))

        #expect(Decoded(bytes, pieceBytes: 11).metadata == Self.rich)
        #expect(Decoded(bytes, pieceBytes: 11).error == nil)
    }

    @Test func recordsBehindTheMetadataAreAligned() throws {
        #expect(try Encoded.stream(Self.rich).count.isMultiple(of: 8))
        #expect(try Encoded.stream().count == 128)
    }

    @Test func manyMappingsInSmallPiecesAreRead() throws {
        var metadata = Self.rich
        metadata.mappings = (0..<3000).map { number in
            let intervals = (0..<14).map { day in
                SymbolMapping.Interval(startDate: 20_240_101 + day, endDate: 20_240_102 + day, symbol: "\(number)")
            }
            return SymbolMapping(rawSymbol: "OPTION \(number)", intervals: intervals)
        }

        let bytes = try Encoded.stream(metadata, [Encoded.bar(1)])
        let decoded = Decoded(bytes, pieceBytes: 1400)

        #expect(bytes.count > 3 << 20)
        #expect(decoded.metadata == metadata)
        #expect(decoded.records == [Encoded.bar(1)])
    }

    @Test func memoryOfLargeMetadataIsGivenBack() throws {
        var metadata = Self.rich
        metadata.symbols = (0..<40_000).map { "S\($0)" }
        let bytes = try Encoded.stream(metadata, [Encoded.bar(1)])
        var decoder = DBNDecoder()

        try Decoded.append(bytes[...], to: &decoder)
        _ = try decoder.next()

        #expect(decoder.heldByteCount < 1 << 20)
    }

    @Test(
        arguments: [
            // Offset, the bytes put there, and the offset that the error names.
            (4, [99, 0, 0, 0], 4),  // a length shorter than the part of fixed size
            (4, [100, 0, 0, 0], 4),  // without the length of the schema definition: found by fuzzing
            (4, [103, 0, 0, 0], 4),
            (53, [0, 0], 53),  // symbols without width: any count would fit
            (53, [21, 0], 53),
            (108, [1, 0, 0, 0], 108),  // a schema definition
            (112, [0xFF, 0xFF, 0xFF, 0xFF], 112),  // more symbols than bytes
            (112, [3, 0, 0, 0], 112),
            (8, [0xE9], 8),  // a dataset that is not ASCII
            (116, [0xE9], 116),  // a symbol that is not ASCII
        ] as [(Int, [UInt8], Int)]
    )
    func contradictionsAreRefusedWithTheirOffset(offset: Int, bytes: [UInt8], errorOffset: Int) throws {
        var stream = try Encoded.stream(
            DBNMetadata(dataset: "D", schema: nil, start: 0, end: nil, stypeIn: nil, symbols: ["A"], mappings: [])
        )
        stream.replaceSubrange(offset..<offset + bytes.count, with: bytes)

        let error = try #require(Decoded(stream).error)

        #expect(error.code == .corruptMetadata)
        #expect(error.byteOffset == errorOffset)
    }

    @Test(arguments: [0, 20_241_301, 20_240_100, 20_240_132, 20_240_001, UInt32.max])
    func datesThatDoNotExistAreRefused(date: UInt32) throws {
        var metadata = Self.rich
        metadata.mappings[0].intervals[0].endDate = date

        #expect(Decoded(try Encoded.stream(metadata)).error?.code == .corruptMetadata)
    }

    @Test func textThatDoesNotFitIsRefused() {
        let tooLong = String(repeating: "L", count: DBN.symbolBytesMax + 1)
        for symbol in [tooLong, "Ä", "A\u{0}B"] {
            var metadata = Self.rich
            metadata.notFound = [symbol]
            #expect(throws: DBNError.self) { try Encoded.stream(metadata) }
        }
        var metadata = Self.rich
        metadata.dataset = "SIXTEEN.LETTERS."
        #expect(throws: DBNError.self) { try Encoded.stream(metadata) }
    }
}
