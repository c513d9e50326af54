import Locking

/// Lets a limited number of tasks in at a time; the others wait in order.
package final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Locked<State>

    /// Creates a turnstile that lets `count` tasks in at a time.
    package init(count: Int) {
        precondition(count > 0)
        self.state = Locked(State(free: count))
    }

    /// Runs `body` when there is room.
    package func enter<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { self.leave() }
        return try await body()
    }

    private func leave() {
        let next = self.state.withLock { state in
            if state.waiters.isEmpty {
                state.free += 1
                return nil as CheckedContinuation<Void, Never>?
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
