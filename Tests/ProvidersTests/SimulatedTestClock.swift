import Locking

/// A clock whose sleeps take no time and are remembered; it moves forward by what is slept.
struct SimulatedTestClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: self.offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - self.offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let slept = Locked(Duration.zero)

    var now: Instant { Instant(offset: self.slept.withLock { $0 }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        self.slept.withLock { $0 = max($0, deadline.offset) }
    }
}
