public import MarketData

/// How far back a read of the newest n bars searches before it gives up.
public struct RecentLookback: Hashable, Sendable {
    /// The limit for timeframes below one hour, in days.
    public var belowHourDaysMax: Int64 = 30
    /// The limit for one hour and more, below one day, in days.
    public var hourDaysMax: Int64 = 400
    /// The limit for one day, in days.
    public var dayDaysMax: Int64 = 3_653

    /// Creates the limits with the defaults.
    public init() {}

    /// The limit for a timeframe, in nanoseconds.
    public func nanosecondsMax(_ timeframe: Timeframe) -> Int64 {
        let days =
            timeframe < .oneHour ? self.belowHourDaysMax : timeframe < .oneDay ? self.hourDaysMax : self.dayDaysMax
        return days.multipliedReportingOverflow(by: Timeframe.oneDay.nanoseconds).overflow
            ? .max : days * Timeframe.oneDay.nanoseconds
    }
}
