import Locking

/// A value that is asked for again only when it is older than its lifetime; tasks that need it at once share one call.
final class Remembered<Value: Sendable>: Sendable {
    private enum Memory {
        case nothing
        case value(Value, until: Duration)
        case failure(any Error, until: Duration)
    }

    /// How long a failure is answered from memory, so that waiting tasks do not repeat it one after the other.
    private static var failureLifetime: Duration { .seconds(1) }

    private let lifetime: Duration
    private let clock: ElapsedClock
    private let gate = TaskGate()
    private let memory = Locked(Memory.nothing)

    init(for lifetime: Duration, clock: ElapsedClock) {
        self.lifetime = lifetime
        self.clock = clock
    }

    /// The value from memory, or else from `fetch`.
    func value(_ fetch: () async throws -> Value) async throws -> Value {
        if let value = try self.recall() { return value }
        return try await self.gate.withTurn {
            if let value = try self.recall() { return value }
            do {
                let value = try await fetch()
                let until = self.clock.now() + self.lifetime
                self.memory.withLock { $0 = .value(value, until: until) }
                return value
            } catch {
                // One caller's cancellation says nothing to the others.
                if !Task.isCancelled {
                    let until = self.clock.now() + Self.failureLifetime
                    self.memory.withLock { $0 = .failure(error, until: until) }
                }
                throw error
            }
        }
    }

    /// Changes the value in memory, if there is one.
    func update(_ change: @Sendable (inout Value) -> Void) {
        self.memory.withLock { memory in
            guard case .value(var value, let until) = memory else { return }
            change(&value)
            memory = .value(value, until: until)
        }
    }

    private func recall() throws -> Value? {
        let now = self.clock.now()
        return try self.memory.withLock { memory in
            switch memory {
            case .value(let value, let until) where now < until: return value
            case .failure(let error, let until) where now < until: throw error
            default: return nil
            }
        }
    }
}
