/// Elapsed time in nanoseconds since the clock was made, and waiting, over any clock.
struct ElapsedClock: Sendable {
    /// Nanoseconds since the clock was made.
    let now: @Sendable () -> Int64
    /// Returns after the duration, or throws `CancellationError`.
    let sleep: @Sendable (Duration) async throws -> Void

    init<C: Clock<Duration>>(_ clock: C) {
        let origin = clock.now
        self.now = { origin.duration(to: clock.now).clampedNanoseconds }
        self.sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }
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
