import Testing

@testable import DBN

@Suite struct HostileInputTests {
    @Test(arguments: Fixtures.names)
    func randomDamageGivesRecordsOrATypedError(name: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let original = try Fixtures.bytes(name)

        for round in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                Self.damage(&bytes, using: &random)
            }
            let limits = DBNDecoder.Limits(metadataBytesMax: 1 << 20, bufferedBytesMax: 1 << 20)
            let decoded = Decoded(bytes, pieceBytes: Int.random(in: 1...5000, using: &random), limits: limits)
            // No record takes fewer than 16 bytes, so an answer cannot be larger than what was decompressed.
            #expect(decoded.records.count <= decoded.byteCount / 16, "seed \(seed), round \(round)")
            if let error = decoded.error {
                #expect(error.byteOffset >= 0 && !error.message.isEmpty, "seed \(seed), round \(round)")
            }
        }
    }

    private static func damage(_ bytes: inout [UInt8], using random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(index...)
        case 3: bytes.removeSubrange(index..<min(index + 9, bytes.count))
        default: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF], at: index)
        }
    }

    @Test func decompressionBombIsReadInBoundedMemory() throws {
        let skipped = Encoded.record(rtype: 250, words: 255)
        let million = try Encoded.frame(Array(repeating: skipped, count: 20_000).flatMap { $0 })
        let bytes = try Encoded.frame(try Encoded.stream()) + million + million + million
        var decoder = DBNDecoder()

        try Decoded.append(bytes[...], to: &decoder)
        var heldByteCountMax = 0
        while try decoder.next() != nil {
            heldByteCountMax = max(heldByteCountMax, decoder.heldByteCount)
        }
        try decoder.finish()

        #expect(bytes.count < 100_000)
        #expect(decoder.skippedRecordCount == 60_000)
        #expect(decoder.uncompressedByteCount > 60_000_000)
        #expect(heldByteCountMax < 1_000_000)
    }

    @Test func metadataBeyondTheLimitAreRefusedBeforeTheyArrive() throws {
        var bytes = Array(try Encoded.stream()[..<8])
        bytes.replaceSubrange(4..<8, with: [0xFF, 0xFF, 0xFF, 0x7F])

        let error = try #require(Decoded(bytes).error)

        #expect(error.code == .limitExceeded)
        #expect(error.byteOffset == 4)
    }

    @Test func tooManyBytesThatNobodyReadsAreRefused() throws {
        let limits = DBNDecoder.Limits(metadataBytesMax: 1000, bufferedBytesMax: 500)
        var decoder = DBNDecoder(limits: limits)
        let stream = try Encoded.stream(Encoded.plainMetadata, (0..<10).map(Encoded.bar))

        try Decoded.append(stream[...], to: &decoder)
        _ = try decoder.next()

        #expect(throws: DBNError.self) { try Decoded.append(stream[...], to: &decoder) }
    }

    @Test func zstdWindowBeyondTheLimitIsRefused() throws {
        let records = (0..<40_000).map(Encoded.bar)
        let configuration = DBNEncoder.Configuration(compression: .zstd(level: 3), frameBytesMax: 4 << 20)
        let bytes = try Encoded.stream(Encoded.plainMetadata, records, configuration)

        let decoded = Decoded(bytes, limits: DBNDecoder.Limits(zstdWindowBytesMax: 1 << 20))

        #expect(decoded.error?.code == .corruptCompression)
        #expect(Decoded(bytes).records.count == 40_000)
    }

    @Test(arguments: [0, 1, 2, 3] as [UInt8])
    func recordThatIsShorterThanItsHeaderIsCorrupt(words: UInt8) throws {
        let start = try Encoded.stream()

        let decoded = Decoded(start + Encoded.record(rtype: 250, words: words))

        #expect(decoded.error?.code == .corruptRecord)
        #expect(decoded.error?.byteOffset == start.count)
    }

    @Test(
        arguments: [
            0, 1, 17, 18, 19, 21, 22, 23, 32, 33, 34, 35, 36, 177, 192, 193, 194, 195, 196,
        ] as [UInt8]
    )
    func recordThatIsShorterThanItsTypeIsCorrupt(rtype: UInt8) throws {
        let layout = try #require(RecordLayout(RType(rawValue: rtype)))
        let words = UInt8(layout.byteCount(version: 3) / 4)
        let start = try Encoded.stream()

        let short = Decoded(start + Encoded.record(rtype: rtype, words: words - 1))
        let longer = Decoded(start + Encoded.record(rtype: rtype, words: words + 3))

        #expect(short.error?.code == .corruptRecord)
        #expect(short.error?.byteOffset == start.count)
        #expect(longer.error == nil)
        #expect(longer.records.count == 1)
    }

    @Test func sendTimeMustFitIntoTheRecord() throws {
        var start = try Encoded.stream()
        start[52] = 1

        #expect(Decoded(start + Encoded.record(rtype: 33, words: 14)).error?.code == .corruptRecord)
        #expect(Decoded(start + Encoded.record(rtype: 250, words: 5)).error?.code == .corruptRecord)
        #expect(Decoded(start + Encoded.record(rtype: 250, words: 6)).sendTimes == [0])
        #expect(Decoded(start + Encoded.record(rtype: 33, words: 16)).records.count == 1)
    }

    @Test func recordsOfUnknownTypesAreSkippedByTheirLength() throws {
        let unknown = [4, 9, 255].map { Encoded.record(rtype: 251, words: $0) }
        let bar = try Encoded.stream(nil, [Encoded.bar(3)])

        let decoded = Decoded(try Encoded.stream() + unknown[0] + bar + unknown[1] + unknown[2] + bar)

        #expect(decoded.error == nil)
        #expect(decoded.skippedRecordCount == 3)
        #expect(decoded.records.map(\.header.rtype.rawValue) == [251, 33, 251, 251, 33])
        #expect(decoded.records.map(\.header.length) == [4, 14, 9, 255, 14])
    }

    @Test func symbolsInRecordsMustBeASCII() throws {
        let start = try Encoded.stream()
        var record = Encoded.record(rtype: RType.symbolMapping.rawValue, words: 44)
        record[17] = 0xE9

        let decoded = Decoded(start + record)

        #expect(decoded.error?.code == .corruptRecord)
        #expect(decoded.error?.byteOffset == start.count + 17)
    }
}
