/// What turns a column's numbers into doubles.
protocol BlockNumbers {
    func number(_ multiple: Int64) -> Double
}

/// Multiples of a tick, from a base on, in units of a power of ten.
struct DecimalNumbers: BlockNumbers {
    let base: Int64
    let tick: Int64
    let divisor: Double

    init(base: Int64, tick: UInt64, decimals: Int) {
        self.base = base
        self.tick = Int64(bitPattern: tick)
        self.divisor = BlockLayout.divisor(decimals: decimals)
    }

    @inline(__always)
    func number(_ multiple: Int64) -> Double {
        Double(self.base &+ self.tick &* multiple) / self.divisor
    }
}

/// Bit patterns, as distances from a base.
struct BitNumbers: BlockNumbers {
    let base: Int64

    @inline(__always)
    func number(_ multiple: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: self.base &+ multiple))
    }
}
