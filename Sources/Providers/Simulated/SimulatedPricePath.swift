/// Where the price stands at the beginning of any minute, in steps, without knowing the minutes before.
///
/// The path is the sum of ten waves of hashed values, joined by straight lines; each is four times as long and twice as
/// high as the one before, which looks like a random walk up to half a year and never leaves `base ± swing`. Only
/// additions, multiplications and divisions by powers of two are used, so the path is the same on every machine.
///
/// Reading minutes in order is cheap because each wave keeps the two values that it lies between.
struct SimulatedPricePath {
    private static let waveCount = 10

    private struct Wave {
        let key: UInt64
        let height: Double
        /// The period is 2 to the power of `shift` minutes.
        let shift: Int64
        var cell = Int64.min
        var left = 0.0
        var right = 0.0

        mutating func value(at minute: Int64) -> Double {
            let cell = minute >> self.shift
            if cell != self.cell {
                self.left = cell - 1 == self.cell ? self.right : self.node(cell)
                self.right = self.node(cell + 1)
                self.cell = cell
            }
            let part = Double(minute - (cell << self.shift)) / Double(1 << self.shift)
            return self.left + (self.right - self.left) * part
        }

        private func node(_ cell: Int64) -> Double {
            let hash = SimulationHash.mix(self.key, UInt64(bitPattern: cell))
            return (SimulationHash.fraction(hash) * 2 - 1) * self.height
        }
    }

    private let baseTicks: Double
    private var waves: [Wave]

    /// Creates the path of a key; `swingTicks` is the farthest that it may go from `baseTicks`.
    init(key: UInt64, baseTicks: Double, swingTicks: Double) {
        self.baseTicks = baseTicks
        let lowest = swingTicks / Double((1 << Self.waveCount) - 1)
        self.waves = (0..<Self.waveCount).map { number in
            Wave(
                key: SimulationHash.mix(key, UInt64(number)),
                height: lowest * Double(1 << number),
                shift: Int64(number * 2)
            )
        }
    }

    /// The level at the beginning of `minute`, counted from the epoch.
    mutating func level(atMinute minute: Int64) -> Int64 {
        var sum = self.baseTicks
        for index in self.waves.indices {
            sum += self.waves[index].value(at: minute)
        }
        return Int64(sum.rounded())
    }
}
