import DBN
import Foundation
import MarketData

/// Bars as a zstd-compressed DBN file, which has neither revisions nor fetch times.
enum StorageDBN {
    struct Written: Encodable {
        let bytes: Int
    }

    static func run(file: String, symbol: String, timeframe: String, target: String) throws -> Written {
        let schema = try Self.schema(try Timeframe(parsing: timeframe))
        let bars = try BarFile.read(file)
        var encoder = try DBNEncoder(
            metadata: DBNMetadata(
                dataset: "GLBX.MDP3",
                schema: schema.schema,
                start: UInt64(bars.first?.timestamp.nanoseconds ?? 0),
                end: nil,
                stypeIn: .rawSymbol,
                symbols: [symbol],
                mappings: []
            )
        )
        for bar in bars { try encoder.write(.ohlcv(OHLCVRecord(bar, schema.rtype, instrument: 1))) }
        try encoder.endFrame()
        let output = Data(encoder.takeOutput())
        try output.write(to: URL(fileURLWithPath: target))
        return Written(bytes: output.count)
    }

    private static func schema(_ timeframe: Timeframe) throws -> (schema: Schema, rtype: RType) {
        switch timeframe {
        case .oneMinute: (.ohlcv1Minute, .ohlcv1Minute)
        case .oneHour: (.ohlcv1Hour, .ohlcv1Hour)
        case .oneDay: (.ohlcv1Day, .ohlcv1Day)
        default: throw BenchmarkError("DBN has no bars of \(timeframe)")
        }
    }
}
