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
    /// When the provider was asked.
    let askedTick: Int64
    /// How long the newest bars of a closed market may be answered from it beyond the deadline, nil while it trades.
    let restDeadlineTick: Int64?

    init(
        start: Timestamp,
        availableEnd: Timestamp,
        timeframe: Timeframe,
        askedTick: Int64,
        deadlineTick: Int64,
        restDeadlineTick: Int64? = nil
    ) {
        self.start = timeframe.floor(start)
        self.end = timeframe.ceiling(availableEnd)
        self.availableEnd = availableEnd
        self.deadlineTick = deadlineTick
        self.askedTick = askedTick
        self.restDeadlineTick = restDeadlineTick
    }

    /// When a period begins that is not known yet, if the provider's data go on as time does.
    var nextPeriodTick: Int64 {
        self.askedTick.addingSaturating(self.end.nanoseconds.subtractingSaturating(self.availableEnd.nanoseconds))
    }

    /// The range that the provider has, nil when it has nothing.
    var range: TimeRange? { TimeRange(self.start, self.end) }

    func isFresh(at tick: Int64) -> Bool {
        tick < self.deadlineTick
    }

    func isResting(at tick: Int64) -> Bool {
        self.restDeadlineTick.map { tick < $0 } ?? false
    }
}
