public import MarketData

/// A market that a seed determines: the same bars, quotes and trades in every process, for any range, however it is cut.
///
/// Reading is a function of the symbol, the range and the instant `asOf` from which it is looked at: trades at or after
/// that instant have not happened yet, so the newest bar is still forming, and corrections of old days appear when their
/// time has come. Nothing is stored; a range costs time in proportion to its minutes of trading.
public struct SimulatedMarket: Sendable {
    /// What the market is like.
    public struct Configuration: Hashable, Sendable {
        /// Determines everything that is drawn by chance.
        public var seed: UInt64 = 1
        /// When the market trades; a minute belongs to a session when it begins in it.
        public var calendar = TradingCalendar.cmeGlobex
        /// The first instant of the market.
        public var start = Timestamp(nanoseconds: 1_275_782_400_000_000_000)
        /// The share of minutes without a trade in the busiest hours, 0 to 1; up to twice that in the quietest.
        public var quietShare = 0.03
        /// The share of days that are published again, 0 to 1.
        public var correctedDaysShare = 0.05
        /// The share of minutes that have other values when their day is published again, 0 to 1.
        public var correctedMinutesShare = 0.01
        /// How many days after its own end (UTC) a day is published again.
        public var correctionDelayDays: Int64 = 1
        /// Instruments by root (`ES` for `ESZ6` and `ES.c.0`), in place of the built-in ones.
        public var instruments: [String: SimulatedInstrument] = [:]
        /// Symbols that do not exist, beside `UNKNOWN…` and what is not made of letters, digits and single dots.
        public var unknownSymbols: Set<String> = []

        /// Creates the default configuration: CME hours, seed 1, from 2010-06-06.
        public init() {}
    }

    /// What the market is like.
    public let configuration: Configuration

    /// Creates a market.
    ///
    /// Throws `badRequest` naming a setting that is out of bounds.
    public init(configuration: Configuration = Configuration()) throws(ProviderError) {
        let shares = [
            ("quietShare", configuration.quietShare), ("correctedDaysShare", configuration.correctedDaysShare),
            ("correctedMinutesShare", configuration.correctedMinutesShare),
        ]
        for (name, share) in shares where !(0...1).contains(share) {
            throw ProviderError(.badRequest, "\(name) is \(share): use a share from 0 to 1")
        }
        guard (0...36_500).contains(configuration.correctionDelayDays) else {
            throw ProviderError(
                .badRequest,
                "correctionDelayDays is \(configuration.correctionDelayDays): use 0 to 36500 days"
            )
        }
        guard configuration.start >= .earliest, configuration.start < .latest else {
            throw ProviderError(.badRequest, "the market's start \(configuration.start) is not in 1990 to 2200")
        }
        self.configuration = configuration
    }

    /// The days of `range` that have been published again by `asOf`, oldest first.
    public func changedDays(in range: TimeRange, asOf: Timestamp) -> [ChangedDay] {
        guard let known = self.known(range, asOf: asOf) else { return [] }
        let first = CivilDate(containing: known.start).daysSinceEpoch
        let last = CivilDate(containing: known.end.advancedSaturating(byNanoseconds: -1)).daysSinceEpoch
        return (first...last).compactMap { number in
            let day = CivilDate(daysSinceEpoch: number)
            guard let modified = self.correctionDay(of: day), modified.start <= asOf,
                let whole = TimeRange(day.start, day.advanced(byDays: 1).start),
                !self.configuration.calendar.openRanges(in: whole).isEmpty
            else { return nil }
            return ChangedDay(day: day, modified: modified)
        }
    }

    /// The number that the provider gives the instrument.
    func instrumentID(of symbol: SimulatedSymbol) -> UInt32 {
        UInt32(truncatingIfNeeded: SimulationHash.mix(self.configuration.seed, symbol.text)) | 1
    }

    /// Reads a symbol; throws `symbolUnknown`.
    func symbol(_ text: String) throws(ProviderError) -> SimulatedSymbol {
        guard let symbol = SimulatedSymbol(text), !self.configuration.unknownSymbols.contains(text) else {
            throw ProviderError(
                .symbolUnknown,
                "the simulated market has no symbol '\(text)': use letters, digits and single dots, such as ES.c.0"
            )
        }
        return symbol
    }

    /// The part of `range` between the market's start and `asOf`, or nil.
    func known(_ range: TimeRange, asOf: Timestamp) -> TimeRange? {
        TimeRange(max(range.start, self.configuration.start), min(range.end, asOf, .latest))
    }

    /// The day at whose beginning (UTC) `day` is published again, or nil when it never is.
    func correctionDay(of day: CivilDate) -> CivilDate? {
        let key = SimulationHash.mix(self.configuration.seed ^ 0xC0, UInt64(bitPattern: day.daysSinceEpoch))
        guard SimulationHash.fraction(key) < self.configuration.correctedDaysShare else { return nil }
        return day.advanced(byDays: 1 + self.configuration.correctionDelayDays)
    }
}
