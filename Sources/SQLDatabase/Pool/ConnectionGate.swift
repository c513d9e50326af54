import Locking

/// Lends a bounded number of slots to callers; further callers wait their turn, up to a number and a time.
///
/// Whoever holds a slot may use one of as many connections, so that the thread of a connection is never blocked by
/// waiting for one.
final class ConnectionGate: Sendable {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    private struct State {
        var queue: SlotQueue<Waiter>
        var nextID: UInt64 = 0
        var drained: [CheckedContinuation<Void, Never>] = []
        var waits = WaitTally()
    }

    private let acquireTimeout: Duration
    private let clock: any Clock<Duration>
    private let state: Locked<State>

    init(slotsMax: Int, waitersMax: Int, acquireTimeout: Duration, clock: any Clock<Duration>) {
        self.acquireTimeout = acquireTimeout
        self.clock = clock
        self.state = Locked(State(queue: SlotQueue(slotsMax: slotsMax, waitersMax: waitersMax)))
    }

    var slotsInUse: Int { self.state.withLock { $0.queue.slotsInUse } }
    var waiterCount: Int { self.state.withLock { $0.queue.waiterCount } }
    var isClosed: Bool { self.state.withLock { $0.queue.isClosed } }
    var refusals: Int { self.state.withLock { $0.queue.refusals } }
    var waits: WaitTally { self.state.withLock { $0.waits } }

    /// Runs `body` while it holds a slot.
    ///
    /// Throws without running it: `poolExhausted`, `closed`, `cancelled`, or `timedOut` when the caller has waited for
    /// `timeout`.
    func withSlot<Result: Sendable>(
        timeout: Duration,
        _ body: () async throws -> Result
    ) async throws -> Result {
        if !self.state.withLock({ $0.queue.takeFreeSlot() }) {
            let elapsed = Self.stopwatch(self.clock)
            defer { self.state.withLock { $0.waits.add(elapsed()) } }
            try await self.waitForSlot(timeout: timeout)
        }
        defer { self.leave() }
        return try await body()
    }

    /// Lets nobody in any more, fails those that wait, and returns when the last slot has been given back.
    func close() async {
        let told = self.state.withLock { $0.queue.close() }
        for waiter in told {
            waiter.resume(throwing: SQLError.databaseClosed)
        }
        await withCheckedContinuation { continuation in
            let isDrained = self.state.withLock { state in
                guard state.queue.slotsInUse > 0 else { return true }
                state.drained.append(continuation)
                return false
            }
            if isDrained {
                continuation.resume()
            }
        }
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    private func waitForSlot(timeout: Duration) async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        // Ends with this scope: it is cancelled as soon as the wait is over.
        async let _ = self.expire(id, timeout: timeout)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.enter(id, continuation)
            }
        } onCancel: {
            self.giveUp(id, .cancelled, "the task was cancelled while it waited for a connection", isRefusal: false)
        }
    }

    private func enter(_ id: UInt64, _ continuation: Waiter) {
        // A cancellation that came before this point found nobody to wake.
        let entry = self.state.withLock { state in
            Task.isCancelled ? .refused(.cancelled) : state.queue.enter(id, continuation)
        }
        switch entry {
        case .waiting: break
        case .granted: continuation.resume()
        case .refused(.closed): continuation.resume(throwing: SQLError.databaseClosed)
        case .refused(let code):
            continuation.resume(throwing: SQLError(code, "no connection: too many callers wait already"))
        }
    }

    private func expire(_ id: UInt64, timeout: Duration) async {
        do {
            try await self.clock.sleep(for: min(timeout, self.acquireTimeout))
        } catch {
            return
        }
        if timeout < self.acquireTimeout {
            self.giveUp(id, .timedOut, "no connection became free within \(timeout)", isRefusal: false)
        } else {
            self.giveUp(id, .poolExhausted, "no connection became free within \(self.acquireTimeout)", isRefusal: true)
        }
    }

    private func giveUp(_ id: UInt64, _ code: SQLError.Code, _ message: String, isRefusal: Bool) {
        let waiter = self.state.withLock { $0.queue.giveUp(id, isRefusal: isRefusal) }
        waiter?.resume(throwing: SQLError(code, message))
    }

    private func leave() {
        let (next, drained) = self.state.withLock { state in
            let next = state.queue.leave()
            guard state.queue.isClosed, state.queue.slotsInUse == 0 else { return (next, [Drained]()) }
            defer { state.drained.removeAll() }
            return (next, state.drained)
        }
        next?.resume()
        for continuation in drained {
            continuation.resume()
        }
    }

    private typealias Drained = CheckedContinuation<Void, Never>
}
