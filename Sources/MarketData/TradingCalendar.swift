/// When an exchange trades: one session for each trading day, at the same local hours, save on holidays.
///
/// A session belongs to the day on which it ends its business, so that the one that opens on Sunday evening is Monday's.
public struct TradingCalendar: Hashable, Sendable {
    /// The clock of the hours.
    public let zone: TradingZone
    /// The days of the week that have a session, 0 for Monday.
    public let weekdays: Set<Int>
    /// When a session opens, in local seconds from its day's midnight; negative for the evening before.
    public let openSecond: Int64
    /// When a session closes, in local seconds from its day's midnight.
    public let closeSecond: Int64
    /// Days without a session, or with one that closes early.
    public let holidays: [HolidayRule]
    /// Single days without a session, beside the holidays.
    public let closedDays: Set<CivilDate>

    /// Creates a calendar.
    ///
    /// Throws `malformedCalendar` unless the session opens within the day before or its own day, closes within its own
    /// day, and lasts at most 24 hours.
    public init(
        zone: TradingZone,
        weekdays: Set<Int>,
        openSecond: Int64,
        closeSecond: Int64,
        holidays: [HolidayRule] = [],
        closedDays: Set<CivilDate> = []
    ) throws(MarketDataError) {
        guard weekdays.isSubset(of: Set(0...6)), (-86_400..<86_400).contains(openSecond),
            (1...86_400).contains(closeSecond), openSecond < closeSecond, closeSecond - openSecond <= 86_400
        else {
            throw MarketDataError(
                .malformedCalendar,
                "a session from second \(openSecond) to \(closeSecond) of weekdays \(weekdays.sorted()) is not possible: "
                    + "use weekdays 0 to 6, an opening from -86400, a close up to 86400, and at most 24 hours between"
            )
        }
        self.init(weekdays: weekdays, zone: zone, hours: openSecond..<closeSecond, holidays, closedDays)
    }

    private init(
        weekdays: Set<Int>,
        zone: TradingZone,
        hours: Range<Int64>,
        _ holidays: [HolidayRule],
        _ closedDays: Set<CivilDate>
    ) {
        self.zone = zone
        self.weekdays = weekdays
        self.openSecond = hours.lowerBound
        self.closeSecond = hours.upperBound
        self.holidays = holidays
        self.closedDays = closedDays
    }

    /// CME Globex: 17:00 to 16:00 the next day in Chicago, Sunday evening to Friday afternoon, less its holidays.
    public static let cmeGlobex = TradingCalendar(
        weekdays: [0, 1, 2, 3, 4],
        zone: .usCentral,
        hours: -7 * 3600..<16 * 3600,
        HolidayRule.cmeGlobex,
        []
    )

    /// Open at all times.
    public static let alwaysOpen = TradingCalendar(
        weekdays: [0, 1, 2, 3, 4, 5, 6],
        zone: .utc,
        hours: 0..<86_400,
        [],
        []
    )

    /// The session of `day`, or nil when it has none.
    public func session(of day: CivilDate) -> TimeRange? {
        guard self.weekdays.contains(day.weekday), !self.closedDays.contains(day) else { return nil }
        var close = self.closeSecond
        for rule in self.holidays where rule.falls(on: day) {
            guard let early = rule.closeSecond else { return nil }
            close = min(close, early)
        }
        return TimeRange(
            self.zone.timestamp(day, secondsFromMidnight: self.openSecond),
            self.zone.timestamp(day, secondsFromMidnight: close)
        )
    }

    /// The session under way at `timestamp`, or nil when the exchange is closed then.
    public func session(at timestamp: Timestamp) -> TimeRange? {
        let day = CivilDate(containing: timestamp)
        for distance in Int64(-1)...2 {
            if let session = self.session(of: day.advanced(byDays: distance)), session.contains(timestamp) {
                return session
            }
        }
        return nil
    }

    /// Whether the exchange trades at `timestamp`.
    public func isOpen(at timestamp: Timestamp) -> Bool {
        self.session(at: timestamp) != nil
    }

    /// The first instant at or after `timestamp` at which the exchange trades, or nil when there is none in 30 days.
    public func nextOpen(atOrAfter timestamp: Timestamp) -> Timestamp? {
        let day = CivilDate(containing: timestamp)
        for distance in Int64(-1)...31 {
            if let session = self.session(of: day.advanced(byDays: distance)), timestamp < session.end {
                return max(timestamp, session.start)
            }
        }
        return nil
    }

    /// The newest session that began before `timestamp`, or nil when there was none in 30 days.
    public func lastSession(startingBefore timestamp: Timestamp) -> TimeRange? {
        let day = CivilDate(containing: timestamp)
        for distance in (Int64(-31)...2).reversed() {
            if let session = self.session(of: day.advanced(byDays: distance)), session.start < timestamp {
                return session
            }
        }
        return nil
    }

    /// The parts of `range` in which the exchange trades.
    ///
    /// Costs time in proportion to the days of `range`.
    public func openRanges(in range: TimeRange) -> RangeSet {
        let firstDay = CivilDate(containing: range.start).daysSinceEpoch - 1
        let lastDay = CivilDate(containing: range.end).daysSinceEpoch + 2
        return RangeSet(
            (firstDay...lastDay).lazy.compactMap {
                self.session(of: CivilDate(daysSinceEpoch: $0))?.intersection(range)
            }
        )
    }

    /// The parts of `range` in which the exchange is closed.
    ///
    /// Costs time in proportion to the days of `range`.
    public func closedRanges(in range: TimeRange) -> RangeSet {
        RangeSet(range).subtracting(self.openRanges(in: range))
    }
}
