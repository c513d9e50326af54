/// Writes numbers as LEB128, those that may be negative zigzag-coded first.
struct VarintWriter {
    var bytes: [UInt8]

    mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    mutating func appendSigned(_ value: Int64) {
        self.append(value.zigzagCoded)
    }
}

/// Reads what `VarintWriter` wrote.
struct VarintReader {
    /// Why a number could not be read.
    enum Defect: Error {
        case endsInTheMiddle, numberTooLong
    }

    var bytes: ArraySlice<UInt8>

    mutating func next() throws(Defect) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = self.bytes.popFirst() else { throw .endsInTheMiddle }
            // The tenth byte has room for the one bit that is left.
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .numberTooLong
    }

    mutating func nextSigned() throws(Defect) -> Int64 {
        Int64(zigzagCoded: try self.next())
    }
}

extension Int64 {
    /// The number whose zigzag code this is: 0, -1, 1, -2, … have the codes 0, 1, 2, 3, ….
    init(zigzagCoded code: UInt64) {
        self = Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1)
    }

    /// Small for numbers near zero on either side.
    var zigzagCoded: UInt64 { UInt64(bitPattern: (self << 1) ^ (self >> 63)) }
}
