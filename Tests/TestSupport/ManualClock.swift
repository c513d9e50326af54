import Locking

/// A clock that moves only when a test says so.
///
/// A sleeper wakes when `advance(by:)` passes its deadline; `sleepers(atLeast:)` lets a test wait until the code under
/// test has really gone to sleep, so that no test depends on timing.
package final class ManualClock: Clock, Sendable {
    /// A point on the clock's own time line, which begins at zero.
    package struct Instant: InstantProtocol, Hashable, Sendable {
        package let sinceStart: Duration

        package func advanced(by duration: Duration) -> Self {
            Self(sinceStart: self.sinceStart + duration)
        }

        package func duration(to other: Self) -> Duration {
            other.sinceStart - self.sinceStart
        }

        package static func < (lhs: Self, rhs: Self) -> Bool {
            lhs.sinceStart < rhs.sinceStart
        }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let sleeperCount: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(sinceStart: .zero)
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Watcher] = []

        /// Takes out the watchers that have seen enough sleepers.
        mutating func satisfiedWatchers() -> [Watcher] {
            let count = self.sleepers.count
            let satisfied = self.watchers.filter { $0.sleeperCount <= count }
            self.watchers.removeAll { $0.sleeperCount <= count }
            return satisfied
        }
    }

    private let state = Locked(State())

    package init() {}

    package var now: Instant { self.state.withLock { $0.now } }

    package var minimumResolution: Duration { .zero }

    /// How many tasks sleep on this clock now.
    package var sleeperCount: Int { self.state.withLock { $0.sleepers.count } }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.register(Sleeper(deadline: deadline, continuation: continuation), id: id)
            }
        } onCancel: {
            let sleeper = self.state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock forward and wakes the sleepers whose deadline has come, the earliest first.
    package func advance(by duration: Duration) {
        precondition(duration >= .zero, "A clock does not run backwards.")
        let woken = self.state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys {
                state.sleepers.removeValue(forKey: id)
            }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value.continuation)
        }
        for continuation in woken {
            continuation.resume()
        }
    }

    /// Returns once at least `count` tasks sleep on this clock.
    package func sleepers(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = self.state.withLock { state in
                guard state.sleepers.count < count else { return true }
                state.watchers.append(Watcher(sleeperCount: count, continuation: continuation))
                return false
            }
            if isSatisfied {
                continuation.resume()
            }
        }
    }

    private func register(_ sleeper: Sleeper, id: Int) {
        enum Outcome {
            case due
            case cancelled
            case sleeping([Watcher])
        }

        let outcome: Outcome = self.state.withLock { state in
            // A cancellation that came before this registration found nothing to remove.
            if Task.isCancelled { return .cancelled }
            if sleeper.deadline <= state.now { return .due }
            state.sleepers[id] = sleeper
            return .sleeping(state.satisfiedWatchers())
        }
        switch outcome {
        case .due:
            sleeper.continuation.resume()
        case .cancelled:
            sleeper.continuation.resume(throwing: CancellationError())
        case .sleeping(let watchers):
            for watcher in watchers {
                watcher.continuation.resume()
            }
        }
    }
}
