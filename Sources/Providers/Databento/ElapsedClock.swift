/// A clock without its type: elapsed time since it was made, and sleep.
struct ElapsedClock: Sendable {
    /// The time since the clock was made.
    let now: @Sendable () -> Duration
    /// Sleeps; throws `CancellationError` when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        self.now = { start.duration(to: clock.now) }
        self.sleep = { try await clock.sleep(for: $0) }
    }
}
