import Zstd

@testable import DBN

/// Streams that are put together for tests.
enum Encoded {
    /// Metadata without symbols.
    static let plainMetadata = DBNMetadata(
        dataset: "TEST.FIXTURE",
        schema: .ohlcv1Minute,
        start: 1,
        end: 2,
        stypeIn: .rawSymbol,
        symbols: [],
        mappings: []
    )

    /// A whole stream from our own writer.
    static func stream(
        _ metadata: DBNMetadata? = plainMetadata,
        _ records: [DBNRecord] = [],
        _ configuration: DBNEncoder.Configuration = .init(compression: .none)
    ) throws -> [UInt8] {
        var encoder = try DBNEncoder(metadata: metadata, configuration: configuration)
        for record in records {
            try encoder.write(record)
        }
        try encoder.endFrame()
        return encoder.takeOutput()
    }

    /// One zstd frame.
    static func frame(_ bytes: [UInt8]) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: 1)
        var output = ByteQueue()
        try bytes.withUnsafeBytes { try compressor.compressFrame($0, into: &output) }
        return Array(output.readable)
    }

    /// A record of any type and length whose body is zeros.
    static func record(rtype: UInt8, words: UInt8, instrumentID: UInt8 = 7) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(Int(words) * 4, 16))
        bytes[0] = words
        bytes[1] = rtype
        bytes[4] = instrumentID
        return bytes
    }

    static func bar(_ index: Int) -> DBNRecord {
        let header = RecordHeader(rtype: .ohlcv1Minute, publisherID: 1, instrumentID: 42, tsEvent: UInt64(index))
        let price = Int64(index) * DBN.priceUnitsPerWhole
        return .ohlcv(OHLCVRecord(header: header, open: price, high: price, low: -price, close: price, volume: 5))
    }
}
