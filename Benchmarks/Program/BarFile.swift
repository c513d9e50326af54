import Foundation
import MarketData

/// A file of bars with what is kept of each, as all that are compared read it: 64 bytes a bar, little-endian.
///
/// Timestamp, open, high, low, close, volume, revision and fetch time; integers and doubles of 8 bytes.
enum BarFile {
    private static let fieldCount = 8

    static func write(_ bars: [Bar], fetchedAt: [Timestamp], to path: String) throws {
        var fields: [UInt64] = []
        fields.reserveCapacity(bars.count * Self.fieldCount)
        for (bar, fetched) in zip(bars, fetchedAt) {
            fields.append(UInt64(bitPattern: bar.timestamp.nanoseconds))
            for number in [bar.open, bar.high, bar.low, bar.close, bar.volume] { fields.append(number.bitPattern) }
            fields.append(UInt64(bar.revision))
            fields.append(UInt64(bitPattern: fetched.nanoseconds))
        }
        try fields.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: path))
    }

    /// The bars; databases write down themselves when a bar was fetched.
    static func read(_ path: String) throws -> [Bar] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let barBytes = Self.fieldCount * 8
        guard data.count.isMultiple(of: barBytes) else { throw BenchmarkError("\(path) ends within a bar") }
        return data.withUnsafeBytes { bytes in
            (0..<data.count / barBytes).map { index in
                func field(_ number: Int) -> UInt64 {
                    bytes.loadUnaligned(fromByteOffset: index * barBytes + number * 8, as: UInt64.self)
                }
                return Bar(
                    timestamp: Timestamp(nanoseconds: Int64(bitPattern: field(0))),
                    open: Double(bitPattern: field(1)),
                    high: Double(bitPattern: field(2)),
                    low: Double(bitPattern: field(3)),
                    close: Double(bitPattern: field(4)),
                    volume: Double(bitPattern: field(5)),
                    revision: Int32(truncatingIfNeeded: field(6))
                )
            }
        }
    }
}
