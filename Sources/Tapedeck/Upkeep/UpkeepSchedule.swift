internal import MarketData

/// Decides when a worker looks after the database: once soon after its start, then each day or hour at its own time.
///
/// The workers of a fleet draw different times, so that they do not all do it at once; that several do it does no harm.
struct UpkeepSchedule: Equatable {
    /// Where this worker stands within the waits, 0 to below 1.
    let share: Double
    /// Between two times.
    private let period: Timeframe
    /// The earliest time within the period.
    private let offset: Duration
    /// The time is within this of the earliest.
    private let spreadMax: Duration
    /// The first wait after the start is at most this long.
    private let firstWaitMax: Duration
    private var hasRun = false

    private init(share: Double, period: Timeframe, offset: Duration, spreadMax: Duration, firstWaitMax: Duration) {
        precondition((0..<1).contains(share), "The share is one of a whole.")
        self.share = share
        self.period = period
        self.offset = offset
        self.spreadMax = spreadMax
        self.firstWaitMax = firstWaitMax
    }

    /// Within 10 minutes of the start, then each day between 03:00 and 04:00 UTC: after the exchanges' busiest hours.
    static func daily(share: Double) -> UpkeepSchedule {
        let hour: Duration = .seconds(3_600)
        return UpkeepSchedule(
            share: share,
            period: .oneDay,
            offset: hour * 3,
            spreadMax: hour,
            firstWaitMax: .seconds(600)
        )
    }

    /// Within 10 seconds of the start, then once in each hour.
    static func hourly(share: Double) -> UpkeepSchedule {
        UpkeepSchedule(
            share: share,
            period: .oneHour,
            offset: .zero,
            spreadMax: .seconds(3_600),
            firstWaitMax: .seconds(10)
        )
    }

    /// How long to wait from `now` until the next time.
    mutating func wait(now: Timestamp) -> Duration {
        guard self.hasRun else {
            self.hasRun = true
            return self.firstWaitMax * self.share
        }
        let offset = self.offset + self.spreadMax * self.share
        let thisTime = self.period.floor(now).advancedSaturating(byNanoseconds: offset.clampedNanoseconds)
        let next = thisTime > now ? thisTime : thisTime.advancedSaturating(byNanoseconds: self.period.nanoseconds)
        return .nanoseconds(next.nanoseconds.subtractingSaturating(now.nanoseconds))
    }
}
