/// A point on a clock that may have passed.
struct Deadline: Sendable {
    private let hasPassed: @Sendable () -> Bool

    /// The point `duration` from now.
    init(in duration: Duration, on clock: any Clock<Duration>) {
        self.hasPassed = Self.check(duration, clock)
    }

    var isPast: Bool { self.hasPassed() }

    private static func check<C: Clock<Duration>>(_ duration: Duration, _ clock: C) -> @Sendable () -> Bool {
        let end = clock.now.advanced(by: duration)
        return { clock.now >= end }
    }
}
