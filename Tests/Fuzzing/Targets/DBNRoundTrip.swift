import DBN

/// The DBN writer: what was read is written as version 3 and read back equal; what is refused is refused for its text.
enum DBNRoundTrip {
    static let run: @Sendable ([UInt8]) -> Void = { input in
        let bytes = ShortStream.expanded(input)
        let original = DecodedStream(bytes, pieceBytes: max(1, bytes.count))
        guard var metadata = original.metadata else { return }
        let records = original.records.filter { if case .other = $0 { false } else { true } }
        metadata.version = DBN.version
        metadata.tsOut = false
        for compression in [DBNEncoder.Compression.none, .zstd(level: 1)] {
            guard let (written, kept) = Self.write(metadata, records, compression) else { return }
            let copy = DecodedStream(written, pieceBytes: 1000)
            promise(copy.error == nil, "what we write is sound: \(copy)")
            promise(copy.metadata == metadata, "metadata are kept:\n\(metadata)\n\(copy)")
            promise(copy.records.map(\.fields) == kept.map(\.fields), "records are kept:\n\(kept)\n\(copy.records)")
            guard let (again, _) = Self.write(metadata, copy.records, compression) else {
                return promise(false, "what was written once is written again")
            }
            promise(again == written, "the same records are the same bytes")
        }
    }

    /// A stream and the records in it, or nil when the metadata hold a text that cannot be written.
    private static func write(
        _ metadata: DBNMetadata,
        _ records: [DBNRecord],
        _ compression: DBNEncoder.Compression
    ) -> (bytes: [UInt8], records: [DBNRecord])? {
        var kept: [DBNRecord] = []
        do throws(DBNError) {
            var encoder = try DBNEncoder(metadata: metadata, configuration: .init(compression: compression))
            for record in records {
                do throws(DBNError) {
                    try encoder.write(record)
                    kept.append(record)
                } catch {
                    promise(Self.isAboutText(record) && error.code == .unencodable, "\(record) is written: \(error)")
                }
            }
            try encoder.endFrame()
            return (encoder.takeOutput(), kept)
        } catch {
            // A name may fill its field in an old stream; the writer leaves room for a NUL.
            promise(error.code == .unencodable, "metadata are refused for their texts only: \(error)")
            return nil
        }
    }

    private static func isAboutText(_ record: DBNRecord) -> Bool {
        switch record {
        case .definition, .error, .system, .symbolMapping: true
        default: false
        }
    }
}
