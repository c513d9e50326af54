import Locking

/// When a transaction must stop: at its deadline, or when its caller gives up.
final class PostgresInterrupt: Sendable {
    /// Why a transaction has to stop.
    enum Reason {
        case deadline
        case cancellation

        /// What the caller is thrown.
        var error: SQLError {
            switch self {
            case .deadline: SQLError(.timedOut, "the deadline passed; the transaction was rolled back")
            case .cancellation: SQLError(.cancelled, "the task was cancelled; the transaction was rolled back")
            }
        }
    }

    private struct State {
        var isCancelled = false
        /// Wakes the thread that runs the transaction.
        var wake: WakePipe?
    }

    /// The latest instant at which the transaction may still run.
    let deadline: ContinuousClock.Instant
    private let state = Locked(State())

    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }

    /// Stops the transaction; it may be called from any thread, before, during and after it.
    func cancel() {
        let wake = self.state.withLock { state in
            state.isCancelled = true
            return state.wake
        }
        wake?.wake()
    }

    /// Sets what `cancel` wakes, nil at the end.
    func setWake(_ wake: WakePipe?) {
        self.state.withLock { $0.wake = wake }
    }

    /// Why the transaction has to stop now, or nil.
    func reason(at now: ContinuousClock.Instant) -> Reason? {
        if self.state.withLock({ $0.isCancelled }) { return .cancellation }
        return now >= self.deadline ? .deadline : nil
    }
}
