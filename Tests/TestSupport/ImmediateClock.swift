import Locking

/// A clock on which nobody waits: a sleep moves the clock to its deadline and returns at once.
package final class ImmediateClock: Clock, Sendable {
    package typealias Instant = ManualClock.Instant

    private struct State {
        var now = Instant(sinceStart: .zero)
        var sleeps: [Duration] = []
    }

    private let state = Locked(State())

    package init() {}

    package var now: Instant { self.state.withLock { $0.now } }

    package var minimumResolution: Duration { .zero }

    /// How long each sleep was to be, in order.
    package var sleeps: [Duration] { self.state.withLock { $0.sleeps } }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try Task.checkCancellation()
        self.state.withLock { state in
            state.sleeps.append(state.now.duration(to: deadline))
            state.now = max(state.now, deadline)
        }
    }

    /// Moves the clock forward.
    package func advance(by duration: Duration) {
        self.state.withLock { $0.now = $0.now.advanced(by: duration) }
    }
}
