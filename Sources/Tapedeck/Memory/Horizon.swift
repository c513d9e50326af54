internal import MarketData

/// From when to when a provider has a series, as it said a short while ago.
struct Horizon: Equatable {
    /// The start of the first period that it has.
    let start: Timestamp
    /// The end of the last period that it has a part of.
    let end: Timestamp
    /// When this is to be asked anew, on this process's elapsed clock in nanoseconds.
    let deadlineTick: Int64

    init(_ availability: TimeRange, timeframe: Timeframe, deadlineTick: Int64) {
        self.start = timeframe.floor(availability.start)
        self.end = timeframe.ceiling(availability.end)
        self.deadlineTick = deadlineTick
    }

    func isFresh(at tick: Int64) -> Bool {
        tick < self.deadlineTick
    }
}
