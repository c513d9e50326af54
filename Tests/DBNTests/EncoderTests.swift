import Testing

@testable import DBN

@Suite struct EncoderTests {
    @Test(arguments: [DBNEncoder.Compression.none, .zstd(level: 1)])
    func randomRecordsAreReadBackEqual(compression: DBNEncoder.Compression) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomRecord(seed: seed)
        let records = (0..<2000).map { _ in random.next() }
        let configuration = DBNEncoder.Configuration(compression: compression, frameBytesMax: 10_000)

        let decoded = Decoded(try Encoded.stream(Encoded.plainMetadata, records, configuration), pieceBytes: 777)

        #expect(decoded.error == nil, "seed \(seed)")
        #expect(decoded.records.count == records.count)
        for (index, (found, written)) in zip(decoded.records, records).enumerated() where found != written {
            Issue.record("seed \(seed): record \(index) is \(found), must be \(written)")
        }
    }

    @Test func framesOfRecordsCanBeJoinedToOtherMetadata() throws {
        let configuration = DBNEncoder.Configuration(compression: .zstd(level: 3))
        let metadata = try Encoded.stream(Encoded.plainMetadata, [], configuration)
        let first = try Encoded.stream(nil, [Encoded.bar(1), Encoded.bar(2)], configuration)
        let second = try Encoded.stream(nil, [Encoded.bar(3)], configuration)

        #expect(Decoded(metadata + first + second).records == [1, 2, 3].map(Encoded.bar))
        #expect(Decoded(metadata + second).records == [Encoded.bar(3)])
    }

    @Test func framesEndBetweenRecordsAndHoldTheirLimit() throws {
        let configuration = DBNEncoder.Configuration(compression: .zstd(level: 3), frameBytesMax: 150)
        var encoder = try DBNEncoder(metadata: Encoded.plainMetadata, configuration: configuration)
        let metadata = encoder.takeOutput()
        var frames: [[UInt8]] = []

        for index in 0..<7 {
            try encoder.write(Encoded.bar(index))
            frames.append(encoder.takeOutput())
        }
        try encoder.endFrame()
        frames.append(encoder.takeOutput())

        let counts = frames.filter { !$0.isEmpty }.map { Decoded(metadata + $0).records.count }
        #expect(counts == [2, 2, 2, 1])
        #expect(Decoded(metadata + frames.flatMap { $0 }).records == (0..<7).map(Encoded.bar))
        #expect(encoder.uncompressedByteCount == 128 + 7 * 56)
    }

    @Test func closingWithoutRecordsWritesNothing() throws {
        var encoder = try DBNEncoder(metadata: nil, configuration: .init(compression: .zstd(level: 3)))

        try encoder.endFrame()

        #expect(encoder.takeOutput().isEmpty)
    }

    @Test func recordThatIsRefusedLeavesNothingBehind() throws {
        let header = RecordHeader(rtype: .definition, publisherID: 1, instrumentID: 2, tsEvent: 3)
        let wrongHeader = RecordHeader(rtype: .trade, publisherID: 1, instrumentID: 2, tsEvent: 3)
        let refused: [DBNRecord] = [
            .definition(DefinitionRecord(header: header, rawSymbol: String(repeating: "L", count: 71))),
            .definition(DefinitionRecord(header: header, rawSymbol: "é")),
            .definition(DefinitionRecord(header: wrongHeader, rawSymbol: "A")),
            .other(RecordHeader(rtype: .mbo, publisherID: 1, instrumentID: 2, tsEvent: 3)),
        ]
        for compression in [DBNEncoder.Compression.none, .zstd(level: 3)] {
            var encoder = try DBNEncoder(
                metadata: Encoded.plainMetadata,
                configuration: .init(compression: compression)
            )

            for record in refused {
                #expect(throws: DBNError.self) { try encoder.write(record) }
            }
            try encoder.write(Encoded.bar(1))
            try encoder.endFrame()

            #expect(Decoded(encoder.takeOutput()).records == [Encoded.bar(1)])
            #expect(encoder.uncompressedByteCount == 128 + 56)
        }
    }

    @Test func outputThatNobodyTakesIsLimited() throws {
        for compression in [DBNEncoder.Compression.none, .zstd(level: 3)] {
            let configuration = DBNEncoder.Configuration(compression: compression, outputBytesMax: 1000)
            var encoder = try DBNEncoder(metadata: nil, configuration: configuration)
            for index in 0..<17 {
                try encoder.write(Encoded.bar(index))
            }

            let error = #expect(throws: DBNError.self) { try encoder.write(Encoded.bar(17)) }
            try encoder.endFrame()
            _ = encoder.takeOutput()
            try encoder.write(Encoded.bar(17))

            #expect(error?.code == .limitExceeded)
        }
    }

    @Test func oldStreamsAreWrittenAsVersion3() throws {
        for name in ["mixed.v1.dbn", "mixed.v2.dbn", "send-times.v3.dbn"] {
            let original = Decoded(try Fixtures.bytes(name))
            let records = original.records.filter { if case .other = $0 { false } else { true } }
            var metadata = try #require(original.metadata)

            let copy = Decoded(try Encoded.stream(metadata, records))

            metadata.version = 3
            metadata.tsOut = false
            #expect(copy.metadata == metadata)
            #expect(copy.records.map(\.fields) == records.map(\.fields))
        }
    }
}
