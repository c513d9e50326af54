internal import MarketData
internal import Providers

/// From when to when a provider has a series, as it said a short while ago.
struct Horizon: Equatable {
    /// The start of the first period that it has.
    let start: Timestamp
    /// The end of the last period that it has a part of.
    let end: Timestamp
    /// The end of what it has, somewhere in that last period.
    let availableEnd: Timestamp
    /// When this is to be asked anew, on this process's elapsed clock in nanoseconds.
    let deadlineTick: Int64
    /// When a period begins that is not known yet, if the provider's data go on as time does.
    let nextPeriodTick: Int64

    /// `askedTick` is when the provider was asked.
    init(start: Timestamp, availableEnd: Timestamp, timeframe: Timeframe, askedTick: Int64, deadlineTick: Int64) {
        self.start = timeframe.floor(start)
        self.end = timeframe.ceiling(availableEnd)
        self.availableEnd = availableEnd
        self.deadlineTick = deadlineTick
        let rest = self.end.nanoseconds.subtractingSaturating(availableEnd.nanoseconds)
        self.nextPeriodTick = askedTick.addingSaturating(rest)
    }

    /// The range that the provider has, nil when it has nothing.
    var range: TimeRange? { TimeRange(self.start, self.end) }

    func isFresh(at tick: Int64) -> Bool {
        tick < self.deadlineTick
    }
}
