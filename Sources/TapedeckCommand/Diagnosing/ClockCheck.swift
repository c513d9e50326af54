import MarketData

/// Compares this machine's clock with another one.
enum ClockCheck {
    /// Up to here two clocks agree.
    static let skewMax: Duration = .seconds(2)
    /// From here on bars are taken for final too early or too late.
    static let skewFatal: Duration = .seconds(30)

    /// What is said of a clock that showed `other` at some time between `before` and `after` of ours.
    ///
    /// `resolution` is how coarsely the other tells the time.
    static func finding(
        _ whose: String,
        other: Timestamp,
        before: Timestamp,
        after: Timestamp,
        resolution: Duration
    ) -> Finding {
        // Within the interval, widened by the resolution, nothing is known to be wrong.
        let behind = Duration.nanoseconds(before.nanoseconds - other.nanoseconds) - resolution
        let ahead = Duration.nanoseconds(other.nanoseconds - after.nanoseconds)
        let skew = max(.zero, behind, ahead)
        let text = NumberText.seconds(skew)
        guard skew > Self.skewMax else { return .ok("clock", "agrees with \(whose) within 2 s") }
        let direction = ahead > behind ? "behind" : "ahead of"
        let message = "this machine is at least \(text) \(direction) \(whose)"
        let advice = "set the clock of the machine that is wrong (timedatectl, chrony)"
        return skew > Self.skewFatal ? .fail("clock", message, advice) : .warn("clock", message, advice)
    }
}
