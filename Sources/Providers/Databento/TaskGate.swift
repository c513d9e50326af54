import Locking

/// Lets one task at a time through; the others wait in order.
///
/// A waiter whose task is cancelled leaves with `CancellationError`.
final class TaskGate: Sendable {
    private struct State {
        var isTaken = false
        var nextID = 0
        var waiters: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Locked(State())

    /// Runs `body` alone.
    func withTurn<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await self.enter()
        defer { self.leave() }
        return try await body()
    }

    private func enter() async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enum Outcome { case enter, wait, cancelled }
                let outcome: Outcome = self.state.withLock { state in
                    // A cancellation that came before this found nothing to remove.
                    if Task.isCancelled { return .cancelled }
                    if !state.isTaken {
                        state.isTaken = true
                        return .enter
                    }
                    state.waiters.append((id, continuation))
                    return .wait
                }
                switch outcome {
                case .enter: continuation.resume()
                case .cancelled: continuation.resume(throwing: CancellationError())
                case .wait: break
                }
            }
        } onCancel: {
            let waiter = self.state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = self.state.withLock { state in
            if state.waiters.isEmpty {
                state.isTaken = false
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.waiters.removeFirst().continuation
        }
        next?.resume()
    }
}
