/// How doubles become whole numbers and come back bit for bit.
enum NumberScale: Equatable {
    /// As multiples of 10 to the power of minus `decimals`.
    case decimal(decimals: Int)
    /// As their bit patterns: for whatever has no such form.
    case bits

    /// Beyond this not every whole number is a double.
    private static let magnitudeMax = 0x1p53

    /// The coarsest scale that `fits`, which bit patterns always do.
    static func coarsest(_ fits: (NumberScale) -> Bool) -> NumberScale {
        for decimals in 0...BlockLayout.decimalsMax where fits(.decimal(decimals: decimals)) {
            return .decimal(decimals: decimals)
        }
        _ = fits(.bits)
        return .bits
    }

    /// Fills a column with the whole numbers for `number` of each index; false when one would not come back.
    @inline(__always)
    func fill(_ column: UnsafeMutableBufferPointer<UInt64>, _ number: (Int) -> Double) -> Bool {
        switch self {
        case .decimal(let decimals):
            let divisor = BlockLayout.divisor(decimals: decimals)
            for index in column.indices {
                guard let whole = Self.whole(number(index), divisor) else { return false }
                column[index] = UInt64(bitPattern: whole)
            }
        case .bits:
            for index in column.indices { column[index] = number(index).bitPattern }
        }
        return true
    }

    /// The whole multiple from which a number comes back, the sign of zero included; nil when there is none.
    @inline(__always)
    private static func whole(_ number: Double, _ divisor: Double) -> Int64? {
        let scaled = number * divisor
        // Also false for NaN and infinities.
        guard scaled.magnitude <= Self.magnitudeMax else { return nil }
        // The nearest, without a call of the mathematical library; what it gets wrong does not come back.
        let whole = Int64(scaled + (scaled < 0 ? -0.5 : 0.5))
        return (Double(whole) / divisor).bitPattern == number.bitPattern ? whole : nil
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
