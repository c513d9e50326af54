import Locking

/// A number of permits; who finds none left waits for one.
package final class Permits: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Locked<State>

    /// Creates permits, all of them free.
    package init(_ count: Int) {
        precondition(count > 0, "Somebody has to go on.")
        self.state = Locked(State(free: count))
    }

    /// Runs `body` while it holds a permit.
    package func withPermit<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        await self.take()
        defer { self.giveBack() }
        return try await body()
    }

    private func take() async {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isFree {
                continuation.resume()
            }
        }
    }

    private func giveBack() {
        let next = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
