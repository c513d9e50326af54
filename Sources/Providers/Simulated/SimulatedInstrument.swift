/// What a simulated instrument trades like.
public struct SimulatedInstrument: Hashable, Sendable {
    /// The price step is `tickNumerator / tickDenominator`: 1/4 for ES, 1/100 for CL, 5/1 for BTC.
    public let tickNumerator: Int64
    /// The lower part of the price step.
    public let tickDenominator: Int64
    /// The price around which the market moves.
    public let basePrice: Double
    /// How far the price may ever be from `basePrice`; more than the base lets it go below zero.
    public let swing: Double
    /// The quantity traded in a minute of the busiest hour, on average.
    public let volumePerMinute: Int64

    /// Creates an instrument.
    ///
    /// Throws `badRequest` unless the step is positive with parts up to 1,000,000,000, base and swing are finite and at
    /// most a billion steps, the swing is not negative, and the volume lies between 1 and 1,000,000.
    public init(
        tickNumerator: Int64,
        tickDenominator: Int64,
        basePrice: Double,
        swing: Double,
        volumePerMinute: Int64
    ) throws(ProviderError) {
        self.init(tickNumerator, tickDenominator, base: basePrice, swing: swing, volume: volumePerMinute)
        let parts: ClosedRange<Int64> = 1...1_000_000_000
        guard parts.contains(tickNumerator), parts.contains(tickDenominator),
            (-1e9...1e9).contains(self.ticks(of: basePrice)), (0...1e9).contains(self.ticks(of: swing)),
            (1...1_000_000).contains(volumePerMinute)
        else {
            throw ProviderError(
                .badRequest,
                "a simulated instrument with step \(tickNumerator)/\(tickDenominator), base price \(basePrice), swing "
                    + "\(swing) and volume \(volumePerMinute) is not possible: use a positive step, a base and a swing of "
                    + "at most a billion steps, and a volume of 1 to 1000000"
            )
        }
    }

    private init(_ numerator: Int64, _ denominator: Int64, base: Double, swing: Double, volume: Int64) {
        self.tickNumerator = numerator
        self.tickDenominator = denominator
        self.basePrice = base
        self.swing = swing
        self.volumePerMinute = volume
    }

    /// The price of a number of steps, rounded once.
    func price(ofTicks ticks: Int64) -> Double {
        Double(ticks * self.tickNumerator) / Double(self.tickDenominator)
    }

    /// A price as a number of steps, with a fraction.
    func ticks(of price: Double) -> Double {
        price * Double(self.tickDenominator) / Double(self.tickNumerator)
    }
}

extension SimulatedInstrument {
    /// Well-known futures by their root.
    static let wellKnown: [String: SimulatedInstrument] = [
        "ES": SimulatedInstrument(1, 4, base: 5000, swing: 1500, volume: 1500),
        "MES": SimulatedInstrument(1, 4, base: 5000, swing: 1500, volume: 900),
        "NQ": SimulatedInstrument(1, 4, base: 18_000, swing: 7000, volume: 600),
        "MNQ": SimulatedInstrument(1, 4, base: 18_000, swing: 7000, volume: 1100),
        "YM": SimulatedInstrument(1, 1, base: 39_000, swing: 10_000, volume: 150),
        "RTY": SimulatedInstrument(1, 10, base: 2100, swing: 700, volume: 200),
        "CL": SimulatedInstrument(1, 100, base: 45, swing: 100, volume: 400),
        "NG": SimulatedInstrument(1, 1000, base: 4, swing: 3.5, volume: 150),
        "GC": SimulatedInstrument(1, 10, base: 2400, swing: 900, volume: 250),
        "SI": SimulatedInstrument(5, 1000, base: 28, swing: 12, volume: 80),
        "HG": SimulatedInstrument(5, 10_000, base: 4, swing: 1.5, volume: 60),
        "ZN": SimulatedInstrument(1, 64, base: 112, swing: 12, volume: 1200),
        "ZB": SimulatedInstrument(1, 32, base: 120, swing: 20, volume: 300),
        "6E": SimulatedInstrument(5, 100_000, base: 1.1, swing: 0.15, volume: 150),
        "6J": SimulatedInstrument(5, 10_000_000, base: 0.007, swing: 0.0015, volume: 100),
        "ZC": SimulatedInstrument(1, 4, base: 450, swing: 200, volume: 90),
        "ZS": SimulatedInstrument(1, 4, base: 1150, swing: 400, volume: 80),
        "BTC": SimulatedInstrument(5, 1, base: 60_000, swing: 40_000, volume: 8),
    ]

    /// An instrument for any other root, by its hash: cents, between 20 and 500, never below zero.
    static func hashed(_ hash: UInt64) -> SimulatedInstrument {
        let base = 20 + Double(hash % 48_000) / 100
        return SimulatedInstrument(1, 100, base: base, swing: base * 0.6, volume: Int64(20 + (hash >> 32) % 400))
    }
}
