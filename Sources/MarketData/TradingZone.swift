/// The clock that an exchange's hours are given in.
///
/// United States zones follow the daylight saving rule of their year: since 2007 from the second Sunday of March to the
/// first of November, before that from the first Sunday of April to the last of October, always at 02:00. The present
/// rule is taken to go on.
public enum TradingZone: String, Hashable, Sendable, CaseIterable {
    /// Coordinated universal time.
    case utc
    /// Chicago.
    case usCentral
    /// New York.
    case usEastern

    /// Seconds to add to UTC for the local clock at `timestamp`; negative in America.
    public func offsetSeconds(at timestamp: Timestamp) -> Int64 {
        guard self != .utc else { return 0 }
        let standard = self.standardOffsetSeconds
        let seconds = timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000_000).quotient
        guard
            let (springForward, fallBack) = Self.transitionDays(
                ofYear: CivilDate(containing: timestamp).components.year
            )
        else { return standard }
        let summerStart = springForward.daysSinceEpoch * 86_400 + 7200 - standard
        let summerEnd = fallBack.daysSinceEpoch * 86_400 + 3600 - standard
        return seconds >= summerStart && seconds < summerEnd ? standard + 3600 : standard
    }

    /// The instant at which the local clock is `seconds` after (before, when negative) midnight of `day`, held within
    /// Int64.
    ///
    /// A time that the clock skips is read as an hour later; of a time shown twice the first is meant.
    public func timestamp(_ day: CivilDate, secondsFromMidnight seconds: Int64) -> Timestamp {
        let local = day.start.advancedSaturating(byNanoseconds: seconds.multipliedSaturating(by: 1_000_000_000))
        let standard = self.standardOffsetSeconds
        let inSummer = local.advancedSaturating(byNanoseconds: -(standard + 3600) * 1_000_000_000)
        if self != .utc, self.offsetSeconds(at: inSummer) != standard { return inSummer }
        return local.advancedSaturating(byNanoseconds: -standard * 1_000_000_000)
    }

    private var standardOffsetSeconds: Int64 {
        switch self {
        case .utc: 0
        case .usCentral: -6 * 3600
        case .usEastern: -5 * 3600
        }
    }

    /// The Sundays on which daylight saving time begins and ends.
    private static func transitionDays(ofYear year: Int64) -> (springForward: CivilDate, fallBack: CivilDate)? {
        let rules: (spring: HolidayRule.Day, fall: HolidayRule.Day) =
            year >= 2007
            ? (.weekday(6, number: 2, month: 3), .weekday(6, number: 1, month: 11))
            : (.weekday(6, number: 1, month: 4), .weekday(6, number: -1, month: 10))
        guard let spring = rules.spring.date(inYear: year), let fall = rules.fall.date(inYear: year) else { return nil }
        return (spring, fall)
    }
}

extension Int64 {
    /// The product, held within Int64.
    func multipliedSaturating(by factor: Int64) -> Int64 {
        let (product, overflow) = self.multipliedReportingOverflow(by: factor)
        guard overflow else { return product }
        return (self < 0) == (factor < 0) ? .max : .min
    }
}
