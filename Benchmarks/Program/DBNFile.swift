import DBN
import Foundation
import MarketData
import Providers

/// A big DBN file, and reading it.
enum DBNFile {
    struct Written: Encodable {
        let records: Int
        let uncompressedBytes: Int
    }

    struct Figures: Encodable {
        let records: Int
        let seconds: Double
        /// The sum of all closing prices and volumes: shows that every record was decoded, and how it reads elsewhere.
        let checksum: Double
    }

    private static let pieceBytes = 256 << 10

    /// Writes 1-minute bars of the simulated market, symbol after symbol, as Databento would send them.
    static func write(_ path: String, records: Int) throws -> Written {
        let market = try SimulatedMarket()
        let start = Timestamp(nanoseconds: 1_609_459_200_000_000_000)
        let year: Int64 = 366 * 86_400_000_000_000
        let metadata = DBNMetadata(
            dataset: "GLBX.MDP3",
            schema: .ohlcv1Minute,
            start: UInt64(start.nanoseconds),
            end: nil,
            stypeIn: .rawSymbol,
            symbols: [],
            mappings: []
        )
        var encoder = try DBNEncoder(metadata: metadata)
        guard FileManager.default.createFile(atPath: path, contents: nil) else { throw BenchmarkError("cannot write \(path)") }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        var count = 0
        var instrument: UInt32 = 0
        while count < records {
            instrument += 1
            guard let range = TimeRange(start, start.advancedSaturating(byNanoseconds: year)) else { break }
            let symbol = "ES\(instrument)"
            for bar in try market.bars(of: symbol, .oneMinute, in: range, asOf: range.end).prefix(records - count) {
                try encoder.write(.ohlcv(OHLCVRecord(bar, .ohlcv1Minute, instrument: instrument)))
                count += 1
                if count.isMultiple(of: 100_000) { try file.write(contentsOf: Data(encoder.takeOutput())) }
            }
        }
        try encoder.endFrame()
        try file.write(contentsOf: Data(encoder.takeOutput()))
        try file.close()
        return Written(records: count, uncompressedBytes: encoder.uncompressedByteCount)
    }

    /// Reads every record of a file, piece by piece.
    static func read(_ path: String) throws -> Figures {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw BenchmarkError("cannot open \(path)") }
        defer { close(descriptor) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        var decoder = DBNDecoder()
        var records = 0
        var checksum = 0.0
        let nanoseconds = try Stopwatch.nanoseconds {
            while true {
                let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
                guard count > 0 else { break }
                try decoder.append(UnsafeRawBufferPointer(rebasing: piece[..<count]))
                while let record = try decoder.next() {
                    records += 1
                    if case .ohlcv(let bar) = record { checksum += Double(bar.close) / 1e9 + Double(bar.volume) }
                }
            }
            try decoder.finish()
        }
        return Figures(records: records, seconds: nanoseconds / 1e9, checksum: checksum)
    }
}

extension OHLCVRecord {
    /// A bar as Databento would send it.
    init(_ bar: Bar, _ rtype: RType, instrument: UInt32) {
        func fixed(_ price: Double) -> Int64 { Int64((price * 1e9).rounded()) }
        self.init(
            header: RecordHeader(
                rtype: rtype,
                publisherID: 1,
                instrumentID: instrument,
                tsEvent: UInt64(bar.timestamp.nanoseconds)
            ),
            open: fixed(bar.open),
            high: fixed(bar.high),
            low: fixed(bar.low),
            close: fixed(bar.close),
            volume: UInt64(bar.volume)
        )
    }
}
