/// Elapsed time in nanoseconds since the clock was made, and waiting, over any clock.
struct ElapsedClock: Sendable {
    /// Where all readings of a `ContinuousClock` begin.
    private static let epoch = ContinuousClock.now

    /// When the clock was made, if it is the one that a worker has: every read asks it, and a call through `read` would
    /// raise a reference count that all readers share.
    private let continuousOrigin: Int64?
    private let read: @Sendable () -> Int64
    /// Returns after the duration, or throws `CancellationError`.
    let sleep: @Sendable (Duration) async throws -> Void

    init<C: Clock<Duration>>(_ clock: C) {
        let origin = clock.now
        self.continuousOrigin = clock is ContinuousClock ? Self.continuousReading : nil
        self.read = { origin.duration(to: clock.now).clampedNanoseconds }
        self.sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }

    /// Nanoseconds since the clock was made.
    func now() -> Int64 {
        guard let origin = self.continuousOrigin else { return self.read() }
        return Self.continuousReading - origin
    }

    private static var continuousReading: Int64 { Self.epoch.duration(to: .now).clampedNanoseconds }
}

extension Duration {
    /// The duration in whole nanoseconds, held within Int64.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, sumOverflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds > 0 ? .max : .min) : sum
    }
}
