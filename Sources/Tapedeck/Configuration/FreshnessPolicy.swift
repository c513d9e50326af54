public import MarketData

/// How long what is not final may be answered before it is bought again.
///
/// Pure arithmetic: times go in, durations come out.
public struct FreshnessPolicy: Hashable, Sendable {
    /// A provisional bar expires after its timeframe divided by this.
    public var provisionalDivisor: Int64 = 12
    /// No provisional bar expires sooner or later after its fetch than this.
    public var provisionalLimits: ClosedRange<Duration> = .seconds(10) ... .seconds(300)
    /// A symbol's newest quote and trade expire this long after their fetch.
    public var latestLifetime: Duration = .seconds(300)
    /// For this share of its lifetime after it expired, something is still answered at once, marked stale, while it is
    /// bought again; 0 for never.
    ///
    /// It bounds how old a forming bar is that a bot sees without waiting: 1.25 lifetimes by default.
    public var staleShare = 0.25
    /// When a purchase takes longer than the soft timeout, what expired no longer ago than this is answered meanwhile.
    public var staleAgeMax: Duration = .seconds(3_600)
    /// From this share of its lifetime on, what is read often is bought again before it expires; 1 for never.
    public var refreshAheadShare = 0.97
    /// How many reads in one lifetime are often; at least two of them in its last third.
    public var refreshAheadReadsMin = 20

    /// How often the newest bars are asked for while their market is closed and silent; zero as often as at other times.
    public var closedRecheckInterval: Duration = .seconds(900)

    /// Creates the policy with the defaults.
    public init() {}

    /// How long after its fetch a provisional stretch of the timeframe expires.
    public func provisionalLifetime(_ timeframe: Timeframe) -> Duration {
        let share = Duration.nanoseconds(timeframe.nanoseconds / max(1, self.provisionalDivisor))
        return min(max(share, self.provisionalLimits.lowerBound), self.provisionalLimits.upperBound)
    }

    /// How long the end of what a provider has is taken to stand still.
    ///
    /// Until a new period begins at the provider, or a provisional bar would expire, whichever comes first; but no less
    /// than the lower limit, so that a provider whose end does not move is not asked all the time.
    public func horizonLifetime(_ timeframe: Timeframe, availableEnd: Timestamp) -> Duration {
        let periodStart = timeframe.floor(availableEnd)
        let rest = timeframe.end(ofPeriodStarting: periodStart).nanoseconds - availableEnd.nanoseconds
        let untilNextPeriod = max(Duration.nanoseconds(rest), self.provisionalLimits.lowerBound)
        return min(self.provisionalLifetime(timeframe), untilNextPeriod)
    }

    /// How long after its expiry something that lives for `lifetime` nanoseconds is still answered at once.
    func graceNanoseconds(lifetime: Int64) -> Int64 {
        Int64(Double(lifetime) * min(max(0, self.staleShare), 1))
    }

    /// The age from which on something that lives for `lifetime` nanoseconds may be bought again ahead of its expiry.
    func aheadNanoseconds(lifetime: Int64) -> Int64 {
        Int64(Double(lifetime) * min(max(0, self.refreshAheadShare), 1))
    }

    /// How long the newest bars need not be asked for again, by the hours of their market: nil while it trades.
    ///
    /// The market is closed where the provider's data end, and has been since. The rest ends when it opens, and at the
    /// latest after the interval, because a calendar may be wrong.
    public func rest(_ calendar: TradingCalendar, availableEnd: Timestamp, now: Timestamp) -> Duration? {
        guard self.closedRecheckInterval > .zero, !calendar.isOpen(at: availableEnd) else { return nil }
        guard let opening = calendar.nextOpen(atOrAfter: availableEnd) else { return self.closedRecheckInterval }
        guard now < opening else { return nil }
        let left = Duration.nanoseconds(opening.nanoseconds.subtractingSaturating(now.nanoseconds))
        return min(self.closedRecheckInterval, left)
    }
}
