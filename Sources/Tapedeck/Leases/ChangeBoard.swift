internal import Locking

/// Where flights wait for other workers, and where the news of a change wakes them.
///
/// Each flight waits at most once, so there are never more waits than flights.
final class ChangeBoard: Sendable {
    private struct State {
        var watchers = ChangeWatchers<FlightKey>()
        var nextWatcher = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let clock: ElapsedClock
    private let state = Locked(State())

    init(clock: ElapsedClock) {
        self.clock = clock
    }

    /// How many wait.
    var count: Int { self.state.withLock { $0.watchers.count } }

    /// What `wait` compares with: to be taken before the look that leads to the wait.
    func mark(_ key: FlightKey) -> UInt64 { self.state.withLock { $0.watchers.mark(key) } }

    /// Returns when the key has changed since `mark`, at `untilTick` of the elapsed clock, or when the task is cancelled.
    func wait(for key: FlightKey, since mark: UInt64, untilTick: Int64) async {
        let left = max(0, untilTick.subtractingSaturating(self.clock.now()))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.clock.sleep(.nanoseconds(left)) }
            group.addTask { await self.changed(key, since: mark) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Wakes those who wait for the key.
    func signal(_ key: FlightKey) {
        self.wake { $0.signal(key) }
    }

    /// Wakes everyone who waits.
    func signalAll() {
        self.wake { $0.signalAll() }
    }

    private func changed(_ key: FlightKey, since mark: UInt64) async {
        let watcher = self.state.withLock { state in
            state.nextWatcher += 1
            return state.nextWatcher
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWatching = self.state.withLock { state in
                    guard state.watchers.watch(watcher, key, since: mark) else { return false }
                    state.waiting[watcher] = continuation
                    return true
                }
                guard isWatching else { return continuation.resume() }
                // A cancellation that came before the watcher was known has found nobody to take out.
                if Task.isCancelled { self.leave(watcher, key) }
            }
        } onCancel: {
            self.leave(watcher, key)
        }
    }

    private func leave(_ watcher: Int, _ key: FlightKey) {
        let left = self.state.withLock { state in
            state.watchers.leave(watcher, key) ? state.waiting.removeValue(forKey: watcher) : nil
        }
        left?.resume()
    }

    private func wake(_ change: (inout ChangeWatchers<FlightKey>) -> [Int]) {
        let woken = self.state.withLock { state in
            change(&state.watchers).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for continuation in woken { continuation.resume() }
    }
}
