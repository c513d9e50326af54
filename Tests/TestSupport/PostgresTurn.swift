import Locking

/// Lets only so many tests use the Postgres server at a time, because it has a limited number of connections.
package enum PostgresTurn {
    private struct State {
        var free = 6
        var line: [CheckedContinuation<Void, Never>] = []
    }

    private static let state = Locked(State())

    /// Runs `body` when it is its turn; a body must not take another turn.
    package static func take<Result>(_ body: () async throws -> Result) async throws -> Result {
        await withCheckedContinuation { continuation in
            let isFree = Self.state.withLock { state in
                guard state.free > 0 else {
                    state.line.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        defer { Self.passOn() }
        return try await body()
    }

    private static func passOn() {
        let next = Self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.line.isEmpty else { return state.line.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
