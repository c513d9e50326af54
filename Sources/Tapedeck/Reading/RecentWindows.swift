internal import MarketData

/// Decides how far back to look for the newest bars.
///
/// Saturdays and Sundays (UTC) are not counted: most markets are closed then, so a window that only just reached over a
/// weekend would bring nothing. They are part of the window, and so become known to be empty.
struct RecentWindows {
    let timeframe: Timeframe
    /// The end of what the provider has, on the grid.
    let end: Timestamp
    /// No window begins before this.
    let limit: Timestamp
    /// Bars wanted.
    let count: Int
    private var periods: Int64

    init(timeframe: Timeframe, end: Timestamp, limit: Timestamp, count: Int) {
        self.timeframe = timeframe
        self.end = end
        self.limit = timeframe.ceiling(limit)
        self.count = count
        // A quarter more than wanted, for a market's daily break and a few quiet periods.
        self.periods = Int64(count) + Int64(count) / 4 + 2
    }

    /// The window to look at now; nil when there is nothing to look at.
    var current: TimeRange? {
        TimeRange(max(self.start(self.periods), self.limit), self.end)
    }

    /// Whether no wider window is left.
    var isWidest: Bool { self.current.map { $0.start <= self.limit } ?? true }

    /// Widens the window, given how many bars the current one held, until it begins before `known`.
    mutating func widen(found: Int, known: Timestamp) {
        let factor = found == 0 ? 4 : min(4, max(2, Int64((self.count + found - 1) / found)))
        repeat {
            self.periods = self.periods.multipliedSaturating(by: factor)
        } while !self.isWidest && (self.current?.start ?? self.limit) >= known
    }

    /// The start of the window that ends at `end` and holds so many periods on weekdays.
    private func start(_ periods: Int64) -> Timestamp {
        let day = Timeframe.oneDay.nanoseconds
        var rest = periods.multipliedSaturating(by: self.timeframe.nanoseconds)
        // Any seven days hold five weekdays.
        let weeks = rest / (5 * day)
        rest -= weeks * 5 * day
        var start = self.end.advancedSaturating(byNanoseconds: -weeks.multipliedSaturating(by: 7 * day))
        while rest > 0, start > self.limit {
            let before = start.advancedSaturating(byNanoseconds: -1)
            let dayStart = Timeframe.oneDay.floor(before)
            guard CivilDate(containing: before).weekday < 5 else {
                start = dayStart
                continue
            }
            let taken = min(rest, start.nanoseconds - dayStart.nanoseconds)
            rest -= taken
            start = start.advancedSaturating(byNanoseconds: -taken)
        }
        return self.timeframe.floor(start)
    }
}

extension Int64 {
    func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = self.multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}
