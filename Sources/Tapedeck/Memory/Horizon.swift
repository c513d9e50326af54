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
    /// How long the newest bars may be answered from it beyond that, nil while the market trades.
    let rest: Rest?

    /// The time in which a closed market is left alone.
    struct Rest: Equatable {
        /// When the provider was asked, on this process's elapsed clock in nanoseconds.
        let askedTick: Int64
        /// When it is to be asked anew.
        let deadlineTick: Int64
    }

    init(
        start: Timestamp,
        availableEnd: Timestamp,
        timeframe: Timeframe,
        deadlineTick: Int64,
        rest: Rest? = nil
    ) {
        self.start = timeframe.floor(start)
        self.end = timeframe.ceiling(availableEnd)
        self.availableEnd = availableEnd
        self.deadlineTick = deadlineTick
        self.rest = rest
    }

    /// The range that the provider has, nil when it has nothing.
    var range: TimeRange? { TimeRange(self.start, self.end) }

    func isFresh(at tick: Int64) -> Bool {
        tick < self.deadlineTick
    }

    func isResting(at tick: Int64) -> Bool {
        self.rest.map { tick < $0.deadlineTick } ?? false
    }
}
