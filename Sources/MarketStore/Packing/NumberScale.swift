/// How doubles become whole numbers and come back bit for bit.
enum NumberScale: Equatable {
    /// As multiples of 10 to the power of minus `decimals`.
    case decimal(decimals: Int)
    /// As their bit patterns: for whatever has no such form.
    case bits

    /// Beyond this not every whole number is a double.
    private static let magnitudeMax = 0x1p53

    /// The coarsest scale for all numbers.
    init(for columns: [[Double]]) {
        self = .bits
        for decimals in 0...BlockLayout.decimalsMax {
            let divisor = BlockLayout.divisor(decimals: decimals)
            if columns.allSatisfy({ $0.allSatisfy { Self.isExact($0, divisor) } }) {
                self = .decimal(decimals: decimals)
                return
            }
        }
    }

    /// Whether a number comes back from its whole multiple, the sign of zero included.
    @inline(__always)
    private static func isExact(_ number: Double, _ divisor: Double) -> Bool {
        let scaled = (number * divisor).rounded()
        // Also false for NaN and infinities.
        return scaled.magnitude <= Self.magnitudeMax
            && (Double(Int64(scaled)) / divisor).bitPattern == number.bitPattern
    }

    /// The numbers as whole ones.
    func integers(_ numbers: [Double]) -> [Int64] {
        switch self {
        case .decimal(let decimals):
            let divisor = BlockLayout.divisor(decimals: decimals)
            return numbers.map { Int64(($0 * divisor).rounded()) }
        case .bits:
            return numbers.map { Int64(bitPattern: $0.bitPattern) }
        }
    }

    /// What stands in a block's head.
    var code: UInt64 {
        switch self {
        case .decimal(let decimals): UInt64(decimals)
        case .bits: BlockLayout.bitsScale
        }
    }

    /// The scale of a code, nil for none.
    init?(code: UInt64) {
        switch code {
        case BlockLayout.bitsScale: self = .bits
        case 0...UInt64(BlockLayout.decimalsMax): self = .decimal(decimals: Int(code))
        default: return nil
        }
    }
}
