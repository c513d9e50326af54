/// When a provider's circuit breaker opens, and for how long.
public struct BreakerConfiguration: Hashable, Sendable {
    /// Transient failures in a row after which it opens.
    public var failuresMax = 5
    /// How many of the last calls are looked at for their share of failures, 1 to 64.
    public var windowCalls = 20
    /// The share of failures among these at which it opens, above 0 and up to 1.
    public var failureShareMax = 0.5
    /// How long it stays open: the first time, doubled each time that the probe fails up to the last.
    public var openTime: ClosedRange<Duration> = .seconds(1) ... .seconds(60)
    /// By how much of itself that time is lengthened at random, so that workers do not probe together.
    public var jitterShare = 0.2
    /// How long a probe may take before another call is let through in its place.
    public var probeTimeout: Duration = .seconds(60)

    /// Creates a configuration with the defaults.
    public init() {}
}
