/// A day of the Gregorian calendar in the years 0 to 9999, without a time zone.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let daysSinceEpoch: Int64

    /// Creates the day that is `daysSinceEpoch` days after 1970-01-01, held within the years 0 to 9999.
    public init(daysSinceEpoch: Int64) {
        self.daysSinceEpoch = min(max(daysSinceEpoch, Self.firstDay), Self.lastDay)
    }

    /// 0000-01-01 in days since the epoch.
    private static let firstDay: Int64 = -719_528
    /// 9999-12-31 in days since the epoch.
    private static let lastDay: Int64 = 2_932_896

    /// Creates a day of the years 0 to 9999, or nil when there is no such day.
    public init?(year: Int64, month: Int64, day: Int64) {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Howard Hinnant's days_from_civil: years begin in March, so that the leap day is the last of its year.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
        guard self.components == (year, month, day) else { return nil }
    }

    /// The UTC day that holds `timestamp`.
    public init(containing timestamp: Timestamp) {
        self.daysSinceEpoch = timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: 86_400_000_000_000).quotient
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    public var components: (year: Int64, month: Int64, day: Int64) {
        let shifted = self.daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The day of the week, 0 for Monday to 6 for Sunday.
    public var weekday: Int {
        Int((self.daysSinceEpoch + 3).flooredQuotientAndRemainder(dividingBy: 7).remainder)
    }

    /// The day's first instant in UTC, held within Int64.
    public var start: Timestamp {
        let (product, overflow) = self.daysSinceEpoch.multipliedReportingOverflow(by: 86_400_000_000_000)
        return Timestamp(nanoseconds: overflow ? (self.daysSinceEpoch > 0 ? .max : .min) : product)
    }

    /// The day `days` later (earlier when negative), held within the years 0 to 9999.
    public func advanced(byDays days: Int64) -> CivilDate {
        let (sum, overflow) = self.daysSinceEpoch.addingReportingOverflow(days)
        return CivilDate(daysSinceEpoch: overflow ? (days > 0 ? .max : .min) : sum)
    }

    /// The earlier day first.
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        let (year, month, day) = self.components
        let paddedYear = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return "\(paddedYear)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity, with a remainder that is never negative.
    package func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
