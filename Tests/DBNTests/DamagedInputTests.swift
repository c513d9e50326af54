import Testing

@testable import DBN

@Suite struct DamagedInputTests {
    @Test func emptyInputIsTruncated() {
        #expect(Decoded([]).error?.code == .truncated)
    }

    @Test func inputThatIsNotDBNIsRefused() throws {
        let json = Array(#"{"detail":"no such symbol"}"#.utf8)

        #expect(Decoded(json).error?.code == .notDBN)
        #expect(Decoded(try Encoded.frame(json)).error?.code == .notDBN)
        #expect(Decoded(json, pieceBytes: 1).error?.byteOffset == 0)
    }

    @Test func fragmentWithoutMetadataIsRefused() throws {
        let fragment = try Encoded.stream(nil, [Encoded.bar(1)])

        let error = try #require(Decoded(fragment).error)

        #expect(error.code == .notDBN)
        #expect(error.message.contains("fragment"))
    }

    @Test func legacyFormatIsRefusedByName() {
        let skippableFrame: [UInt8] = [0x51, 0x2A, 0x4D, 0x18, 4, 0, 0, 0] + Array("DBZ\u{1}".utf8)

        #expect(Decoded(skippableFrame, pieceBytes: 1).error?.code == .legacyDBZ)
        #expect(Decoded(Array("DBZ\u{1}....".utf8)).error?.code == .legacyDBZ)
    }

    @Test(arguments: [0, 4, 255] as [UInt8])
    func versionsThatAreNotKnownAreRefused(version: UInt8) throws {
        var bytes = try Encoded.stream()
        bytes[3] = version

        let error = try #require(Decoded(bytes).error)

        #expect(error.code == .unsupportedVersion)
        #expect(error.byteOffset == 3)
    }

    @Test(arguments: ["mixed.v1.dbn", "mixed.v2.dbn", "mixed.v3.dbn", "send-times.v3.dbn"])
    func rawStreamThatIsCutInsideARecordIsTruncated(name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let whole = Decoded(bytes)
        let metadataBytes = try Self.metadataBytes(bytes)
        var boundaries: Set<Int> = [metadataBytes]
        var boundary = metadataBytes
        for record in whole.records {
            boundary += Int(record.header.length) * 4
            boundaries.insert(boundary)
        }

        for count in 0..<bytes.count {
            let decoded = Decoded(Array(bytes[..<count]))
            #expect((decoded.error == nil) == boundaries.contains(count), "cut at \(count)")
            #expect(decoded.error == nil || decoded.error?.code == .truncated, "cut at \(count)")
            #expect(decoded.error == nil || decoded.error?.byteOffset == decoded.byteCount, "cut at \(count)")
            #expect(decoded.records == Array(whole.records.prefix(decoded.records.count)))
        }
        #expect(boundary == bytes.count)
    }

    @Test(arguments: ["mixed.v1.frames.dbn.zst", "mixed.v2.one-frame.dbn.zst"])
    func compressedStreamThatIsCutInsideAFrameIsTruncated(name: String) throws {
        let bytes = try Fixtures.bytes(name)
        var cleanEnds = 0

        for count in 0..<bytes.count {
            let decoded = Decoded(Array(bytes[..<count]))
            if decoded.error == nil { cleanEnds += 1 }
            #expect(decoded.error == nil || decoded.error?.code == .truncated, "cut at \(count)")
        }

        // Between frames a cut cannot be seen, unless it is inside a record, as the third frame of the one fixture is.
        #expect(cleanEnds == (name.contains("frames") ? 2 : 0))
    }

    @Test func damagedCompressionNamesTheCompressedOffset() throws {
        var bytes = try Fixtures.bytes("mixed.v3.one-frame.dbn.zst")
        bytes[bytes.count - 1] ^= 0xFF

        let error = try #require(Decoded(bytes, pieceBytes: 1).error)

        #expect(error.code == .corruptCompression)
        #expect(error.byteOffset == bytes.count - 1)
    }

    @Test func bytesBehindTheLastFrameAreAnError() throws {
        let bytes = try Fixtures.bytes("mixed.v3.one-frame.dbn.zst")

        #expect(Decoded(bytes + Array("trailing".utf8)).error?.code == .corruptCompression)
    }

    @Test func decoderStaysFailed() throws {
        var decoder = DBNDecoder()
        let bytes = try Encoded.stream() + Encoded.record(rtype: 33, words: 3)
        try Decoded.append(bytes[...], to: &decoder)

        #expect(throws: DBNError.self) { try decoder.next() }
        #expect(throws: DBNError.self) { try decoder.next() }
        #expect(throws: DBNError.self) { try decoder.finish() }
        #expect(throws: DBNError.self) { try Decoded.append(bytes[...], to: &decoder) }
    }

    private static func metadataBytes(_ bytes: [UInt8]) throws -> Int {
        try #require(bytes.count > 8)
        return 8 + Int(bytes[4]) + Int(bytes[5]) << 8
    }
}
