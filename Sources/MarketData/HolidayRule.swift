/// A day of every year on which an exchange is closed, or closes early.
public struct HolidayRule: Hashable, Sendable {
    /// How the day is found.
    public enum Day: Hashable, Sendable {
        /// The same date each year; on a Sunday it moves to the Monday after, on a Saturday it is not kept.
        case date(month: Int64, day: Int64)
        /// The `number`th `weekday` (0 for Monday) of a month, -1 for the last.
        case weekday(Int, number: Int, month: Int64)
        /// `days` after (before, when negative) Easter Sunday.
        case easter(days: Int64)
        /// `days` after the `number`th `weekday` of a month.
        case after(days: Int64, weekday: Int, number: Int, month: Int64)
    }

    /// How the day is found.
    public let day: Day
    /// The first year in which it is kept.
    public let sinceYear: Int64
    /// The local second of the day at which trading ends early, or nil when there is none on the day.
    public let closeSecond: Int64?

    /// Creates a rule; `closeSecond` counts from local midnight.
    public init(_ day: Day, sinceYear: Int64 = 0, closeSecond: Int64? = nil) {
        self.day = day
        self.sinceYear = sinceYear
        self.closeSecond = closeSecond
    }

    /// Whether the rule falls on `day`.
    public func falls(on day: CivilDate) -> Bool {
        let (year, month, _) = day.components
        guard self.day.mayFall(inMonth: month) else { return false }
        // A rule of late December may move into January.
        return self.date(inYear: year) == day || (month == 1 && self.date(inYear: year - 1) == day)
    }

    /// The day on which the rule of `year` falls, or nil when it is not kept then.
    public func date(inYear year: Int64) -> CivilDate? {
        year >= self.sinceYear ? self.day.date(inYear: year) : nil
    }
}

extension HolidayRule.Day {
    /// A quick test that spares the search for the day in most months.
    fileprivate func mayFall(inMonth month: Int64) -> Bool {
        switch self {
        case .date(let own, _): month == own || month == own % 12 + 1
        case .weekday(_, _, let own): month == own
        case .easter, .after: true
        }
    }

    /// The day of `year`, or nil when it has none, also because the rule's numbers name no month, weekday or day.
    func date(inYear year: Int64) -> CivilDate? {
        switch self {
        case .date(let month, let day):
            guard let date = CivilDate(year: year, month: month, day: day), date.weekday != 5 else { return nil }
            return date.weekday == 6 ? date.advanced(byDays: 1) : date
        case .weekday(let weekday, let number, let month):
            return Self.weekday(weekday, number: number, month: month, year: year)
        case .easter(let days):
            return Self.easterSunday(ofYear: year)?.advanced(byDays: days)
        case .after(let days, let weekday, let number, let month):
            return Self.weekday(weekday, number: number, month: month, year: year)?.advanced(byDays: days)
        }
    }

    private static func weekday(_ weekday: Int, number: Int, month: Int64, year: Int64) -> CivilDate? {
        guard (0...6).contains(weekday), number == -1 || (1...5).contains(number),
            let first = CivilDate(year: year, month: month, day: 1)
        else { return nil }
        let firstMatch = first.advanced(byDays: Int64((weekday - first.weekday + 7) % 7))
        let fifth = firstMatch.advanced(byDays: 28)
        let hasFifth = fifth.components.month == month
        if number == -1 { return hasFifth ? fifth : firstMatch.advanced(byDays: 21) }
        return number == 5 && !hasFifth ? nil : firstMatch.advanced(byDays: Int64(number - 1) * 7)
    }

    /// Easter by the anonymous Gregorian method (Meeus, Jones, Butcher).
    private static func easterSunday(ofYear year: Int64) -> CivilDate? {
        guard (0...9999).contains(year) else { return nil }
        let golden = year % 19
        let (century, yearOfCentury) = (year / 100, year % 100)
        let correction = (century - (century + 8) / 25 + 1) / 3
        let epact = (19 * golden + century - century / 4 - correction + 15) % 30
        let weekday = (32 + 2 * (century % 4) + 2 * (yearOfCentury / 4) - epact - yearOfCentury % 4) % 7
        let late = (golden + 11 * epact + 22 * weekday) / 451
        let sum = epact + weekday - 7 * late + 114
        return CivilDate(year: year, month: sum / 31, day: sum % 31 + 1)
    }
}

extension HolidayRule {
    /// The holidays of CME Globex equity index futures.
    ///
    /// There is no session on New Year's Day, Good Friday and Christmas Day, and one that ends at noon in Chicago on the
    /// other holidays. The exchange's own notices for a year may differ by hours.
    public static let cmeGlobex: [HolidayRule] = [
        HolidayRule(.date(month: 1, day: 1)),
        HolidayRule(.easter(days: -2)),
        HolidayRule(.date(month: 12, day: 25)),
        HolidayRule(.weekday(0, number: 3, month: 1), sinceYear: 1998, closeSecond: 12 * 3600),
        HolidayRule(.weekday(0, number: 3, month: 2), closeSecond: 12 * 3600),
        HolidayRule(.weekday(0, number: -1, month: 5), closeSecond: 12 * 3600),
        HolidayRule(.date(month: 6, day: 19), sinceYear: 2022, closeSecond: 12 * 3600),
        HolidayRule(.date(month: 7, day: 4), closeSecond: 12 * 3600),
        HolidayRule(.weekday(0, number: 1, month: 9), closeSecond: 12 * 3600),
        HolidayRule(.weekday(3, number: 4, month: 11), closeSecond: 12 * 3600),
        HolidayRule(.after(days: 1, weekday: 3, number: 4, month: 11), closeSecond: 12 * 3600 + 900),
    ]
}
