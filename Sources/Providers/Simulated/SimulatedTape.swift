import MarketData

/// Reads the minutes of one symbol in order, as they are seen from one instant.
struct SimulatedTape {
    private let market: SimulatedMarket
    private let instrument: SimulatedInstrument
    private let asOf: Timestamp
    private let key: UInt64
    private let basis: Int64
    private let stretch: Int64
    private var path: SimulatedPricePath
    private var hour = HourOfTape(number: .min, averageVolume: 0, quietShare: 0)
    private var day = DayOfTape(number: .min, isCorrected: false)

    /// What is the same within an hour.
    private struct HourOfTape {
        let number: Int64
        let averageVolume: Double
        let quietShare: Double
    }

    /// What is the same within a day (UTC).
    private struct DayOfTape {
        let number: Int64
        let isCorrected: Bool
    }

    /// Creates a tape of what has happened before `asOf`.
    init(market: SimulatedMarket, symbol: SimulatedSymbol, asOf: Timestamp) {
        let seed = market.configuration.seed
        let rootKey = SimulationHash.mix(seed, symbol.root)
        let instrument =
            market.configuration.instruments[symbol.root] ?? SimulatedInstrument.wellKnown[symbol.root]
            ?? SimulatedInstrument.hashed(rootKey)
        let swingTicks = instrument.ticks(of: instrument.swing)
        self.market = market
        self.instrument = instrument
        self.asOf = asOf
        self.key = SimulationHash.mix(seed ^ 1, symbol.text)
        self.basis = symbol.text == symbol.root ? 0 : Int64(self.key % 9) - 4
        self.stretch = max(1, Int64(swingTicks / 1023))
        self.path = SimulatedPricePath(
            key: rootKey,
            baseTicks: instrument.ticks(of: instrument.basePrice),
            swingTicks: swingTicks
        )
    }

    /// The price of a number of steps.
    func price(_ ticks: Int64) -> Double {
        self.instrument.price(ofTicks: ticks)
    }

    /// The minute's values when it is over, or nil when nothing trades in it.
    ///
    /// The minute must be one of a session.
    mutating func minute(_ index: Int64) -> SimulatedMinute? {
        let hash = SimulationHash.mix(self.key, UInt64(bitPattern: index))
        self.enterHour(ofMinute: index)
        guard SimulationHash.fraction(hash) >= self.hour.quietShare else { return nil }
        let levels = (self.path.level(atMinute: index) + self.basis, self.path.level(atMinute: index + 1) + self.basis)
        let isCorrected =
            self.day.isCorrected
            && SimulationHash.fraction(SimulationHash.mix(hash, 0xC0))
                < self.market.configuration.correctedMinutesShare
        return SimulatedMinute(
            index: index,
            hash: SimulationHash.mix(hash, 1),
            levels: levels,
            averageVolume: self.hour.averageVolume,
            stretch: self.stretch,
            isCorrected: isCorrected
        )
    }

    /// The trades of a minute that have happened.
    func trades(of minute: SimulatedMinute) -> [SimulatedTrade] {
        let (passed, overflow) = self.asOf.nanoseconds.subtractingReportingOverflow(minute.index * Self.minute)
        guard !overflow else { return self.asOf.nanoseconds > 0 ? minute.trades() : [] }
        return passed >= Self.minute ? minute.trades() : minute.trades().filter { $0.offset < passed }
    }

    /// The best bid and ask at `timestamp`, around the price of the last trade.
    func quote(at timestamp: Timestamp, lastPrice: Double) -> Quote {
        let ticks = Int64(self.instrument.ticks(of: lastPrice).rounded())
        let bits = SimulationHash.mix(self.key ^ 2, UInt64(bitPattern: timestamp.nanoseconds / 1_000_000_000))
        let width = bits & 7 == 0 ? Int64(2) : 1
        let below = Int64((bits >> 8) % UInt64(width + 1))
        return Quote(
            timestamp: timestamp,
            bidPrice: self.price(ticks - below),
            askPrice: self.price(ticks - below + width),
            bidSize: Double(1 + (bits >> 16) % 80),
            askSize: Double(1 + (bits >> 32) % 80)
        )
    }

    private static let minute = Timeframe.oneMinute.nanoseconds

    private mutating func enterHour(ofMinute index: Int64) {
        // Shifting rounds down only for powers of two; minutes are never negative here, the market begins after 1990.
        let number = index / 60
        guard number != self.hour.number else { return }
        let timestamp = Timestamp(nanoseconds: index * Self.minute)
        let configuration = self.market.configuration
        let offset = configuration.calendar.zone.offsetSeconds(at: timestamp)
        let localHour = Int((number * 3600 + offset).flooredQuotientAndRemainder(dividingBy: 86_400).remainder / 3600)
        let activity = Self.activityByHour[localHour]
        self.hour = HourOfTape(
            number: number,
            averageVolume: Double(self.instrument.volumePerMinute) * activity,
            quietShare: configuration.quietShare * (2 - activity)
        )
        let date = CivilDate(containing: timestamp)
        if date.daysSinceEpoch != self.day.number {
            let isPublishedAgain = self.market.correctionDay(of: date).map { $0.start <= self.asOf } ?? false
            self.day = DayOfTape(number: date.daysSinceEpoch, isCorrected: isPublishedAgain)
        }
    }

    /// How busy each hour of the exchange's local day is: the American morning and the close stand out.
    private static let activityByHour: [Double] = [
        0.06, 0.08, 0.16, 0.18, 0.15, 0.14, 0.16, 0.28, 0.80, 1.00, 0.75, 0.55,
        0.50, 0.60, 0.90, 0.45, 0.10, 0.10, 0.08, 0.09, 0.08, 0.06, 0.05, 0.05,
    ]
}
