import Testing

@testable import DBN

@Suite struct OfficialPackageTests {
    @Test func theFixturesAreThere() {
        #expect(Fixtures.names.count == 14)
        #expect(Fixtures.mixedNames.count == 9)
    }

    @Test(arguments: Fixtures.names, [1, 13, 1000, 1 << 20])
    func everyFixtureIsReadAsTheOfficialPackageReadsIt(name: String, pieceBytes: Int) throws {
        let expected = try #require(Fixtures.expected[name])

        let decoded = Decoded(try Fixtures.bytes(name), pieceBytes: pieceBytes)

        #expect(decoded.error == nil)
        let metadata = try #require(decoded.metadata)
        var expectedMetadata = expected.metadata
        expectedMetadata.mappings.sort { $0.symbol < $1.symbol }
        #expect(ExpectedStream.Metadata(metadata) == expectedMetadata)
        #expect(decoded.records.count == expected.records.count)
        for (index, (record, expectedFields)) in zip(decoded.records, expected.records).enumerated() {
            #expect(Self.fields(of: record, index, in: decoded) == expectedFields, "record \(index)")
        }
        #expect(decoded.skippedRecordCount == expected.records.count { $0["skipped_words"] != nil })
    }

    private static func fields(
        of record: DBNRecord,
        _ index: Int,
        in decoded: Decoded
    ) -> [String: ExpectedStream.Value] {
        var fields: [String: ExpectedStream.Value] = [:]
        for field in record.fields {
            fields[field.name] = ExpectedStream.Value(field.value)
        }
        if case .other(let header) = record {
            fields["skipped_words"] = .unsigned(UInt64(header.length))
        }
        if !decoded.sendTimes.isEmpty {
            fields["ts_out"] = .unsigned(decoded.sendTimes[index])
        }
        return fields
    }
}
