import TestSupport

/// Numbers of one kind, drawn by chance: as vendors send them, and as none should.
struct RandomNumbers {
    private enum Kind: CaseIterable {
        /// Multiples of a tick with decimals.
        case onTick
        /// The same with one in twenty that is not.
        case mostlyOnTick
        /// With up to nine decimals.
        case decimals
        /// Doubles of any size that no decimals describe.
        case offTick
        /// Around 2 to the power of 53, where doubles end to hold each whole number, and as far as they go.
        case huge
        /// Nearly nothing.
        case subnormal
        case constant
        /// Any 64 bits.
        case bits
        /// NaNs with payloads, infinities and both zeros among others.
        case special
    }

    private static let ticks = [1.0, 0.25, 0.5, 0.1, 0.01, 0.005, 0.015625, 0.03125, 0.0000005, 0.00025, 5, 12.5]

    private let kind: Kind
    private let tick: Double
    private let centre: Double
    private let spread: Double

    init(_ random: inout SeededRandom) {
        self.kind = Kind.allCases.randomElement(using: &random) ?? .bits
        self.tick = Self.ticks.randomElement(using: &random) ?? 1
        self.centre = .random(in: -20_000...20_000, using: &random).rounded()
        self.spread = [0, 3, 50, 100_000].randomElement(using: &random) ?? 0
    }

    func next(_ random: inout SeededRandom) -> Double {
        switch self.kind {
        case .onTick: self.onTick(&random)
        case .mostlyOnTick: Int.random(in: 0..<20, using: &random) == 0 ? self.anything(&random) : self.onTick(&random)
        case .decimals: Double(Int64.random(in: -5_000_000_000_000...5_000_000_000_000, using: &random)) / 1e9
        case .offTick: .random(in: -1e6...1e6, using: &random)
        case .huge: self.huge(&random)
        case .subnormal: Double(bitPattern: .random(in: 0...0xF_FFFF_FFFF_FFFF, using: &random))
        case .constant: self.centre * self.tick
        case .bits: Double(bitPattern: .random(in: .min ... .max, using: &random))
        case .special: self.special(&random)
        }
    }

    /// Revisions lie in ranges of these kinds.
    static func revisions(_ random: inout SeededRandom) -> ClosedRange<Int32> {
        [1...1, 1...3, Int32.min...Int32.max, Int32.max...Int32.max, Int32.min...Int32.min, -3...3]
            .randomElement(using: &random) ?? 1...1
    }

    private func onTick(_ random: inout SeededRandom) -> Double {
        (self.centre + Double.random(in: -self.spread...self.spread, using: &random).rounded()) * self.tick
    }

    private func anything(_ random: inout SeededRandom) -> Double {
        Double(bitPattern: .random(in: .min ... .max, using: &random))
    }

    private func huge(_ random: inout SeededRandom) -> Double {
        let sign: Double = Bool.random(using: &random) ? 1 : -1
        let magnitudes = [0x1p53 - 1, 0x1p53, 0x1p53 + 2, 0x1p54, 0x1p63, 0x1p64, 1e300, .greatestFiniteMagnitude]
        return sign * (magnitudes.randomElement(using: &random) ?? 0)
    }

    private func special(_ random: inout SeededRandom) -> Double {
        let payload = UInt64.random(in: 1...0xFFFF, using: &random)
        let (signaling, quiet) = (0x7FF0_0000_0000_0000 | payload, 0xFFF8_0000_0000_0000 | payload)
        let numbers: [Double] = [
            .nan, .infinity, -.infinity, 0, -0.0, 1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            Double(bitPattern: signaling), Double(bitPattern: quiet),
        ]
        return numbers.randomElement(using: &random) ?? 0
    }
}
