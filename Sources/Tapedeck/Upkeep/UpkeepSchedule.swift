internal import MarketData

/// Decides when a worker looks after the database: once soon after its start, then each day at its own time.
///
/// The workers of a fleet draw different times, so that they do not all do it at once; that several do it does no harm.
struct UpkeepSchedule: Equatable {
    /// The hour of the UTC day from which on it is done: after the exchanges' busiest hours.
    static let hour: Int64 = 3
    /// The first wait after the start is at most this long.
    static let firstWaitMax: Duration = .seconds(600)
    /// The time of the day is within this of the hour.
    static let spreadMax: Duration = .seconds(3_600)

    /// Where this worker stands within the waits, 0 to below 1.
    let share: Double
    private var hasRun = false

    init(share: Double) {
        precondition((0..<1).contains(share), "The share is one of a whole.")
        self.share = share
    }

    /// How long to wait from `now` until the next time.
    mutating func wait(now: Timestamp) -> Duration {
        guard self.hasRun else {
            self.hasRun = true
            return Self.firstWaitMax * self.share
        }
        let offset = Duration.seconds(Self.hour * 3_600) + Self.spreadMax * self.share
        let today = Timeframe.oneDay.floor(now).advancedSaturating(byNanoseconds: offset.clampedNanoseconds)
        let next = today > now ? today : today.advancedSaturating(byNanoseconds: Timeframe.oneDay.nanoseconds)
        return .nanoseconds(next.nanoseconds.subtractingSaturating(now.nanoseconds))
    }
}
