import Foundation
import MarketData

@testable import Providers

/// What the vendor's service sends beside records: heads of answers, refusals, ranges and prices.
enum VendorAnswerReading {
    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        Self.readHead(bytes)
        let refusal = DatabentoErrorBody(bytes)
        promise(refusal.message.count <= 400, "a refusal is shortened")
        promise(
            refusal.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F },
            "a refusal holds no control characters: \(refusal.message.debugDescription)"
        )
        let decoder = JSONDecoder()
        if let range = try? decoder.decode(DatasetRange.self, from: Data(bytes)) {
            promise(range.whole.start < range.whole.end, "a dataset's range is not empty")
        }
        if let prices = try? decoder.decode(UnitPrices.self, from: Data(bytes)) {
            _ = prices.price(of: "ohlcv-1m", byteCount: .max)
        }
    }

    private static func readHead(_ bytes: [UInt8]) {
        var reader = HTTPHeadReader(bytesMax: 4096)
        var isComplete = false
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            switch line.withUnsafeBytes({ reader.read($0) }) {
            case .more: break
            case .malformed: return
            case .complete(let head):
                promise(!isComplete, "a head is complete once")
                promise(head.status >= 200, "an interim head is not the answer's")
                isComplete = true
            }
        }
    }
}
