import Dispatch
import Locking
import Logging

/// Lends connections to callers, a bounded number of both; see `ConnectionPoolStateMachine` for who gets what.
final class PostgresPool: Sendable {
    private typealias Waiter = CheckedContinuation<PostgresConnection, any Error>

    private struct State {
        var machine: ConnectionPoolStateMachine
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [Int: Waiter] = [:]
        var closers: [CheckedContinuation<Void, Never>] = []
        var waiterCount = 0
        var waits = WaitTally()
    }

    /// An action with what it needs, to be carried out after the lock is released.
    private enum Effect {
        case lend(PostgresConnection, Waiter)
        case refuse(Waiter, SQLError)
        case connect(Int)
        case close(PostgresConnection)
        case retry(at: ContinuousClock.Instant)
        case finish([CheckedContinuation<Void, Never>])
    }

    /// When a caller stops waiting: for lack of a connection, or because its own time is up.
    private struct WaitLimit {
        let acquire: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant

        var instant: ContinuousClock.Instant { min(self.acquire, self.deadline) }
    }

    private let configuration: PostgresSession.Configuration
    private let limits: ConnectionPoolStateMachine.Limits
    private let acquireTimeout: Duration
    private let logger: Logger
    private let state: Locked<State>

    init(
        limits: ConnectionPoolStateMachine.Limits,
        acquireTimeout: Duration,
        configuration: PostgresSession.Configuration,
        logger: Logger
    ) {
        self.configuration = configuration
        self.limits = limits
        self.acquireTimeout = acquireTimeout
        self.logger = logger
        self.state = Locked(State(machine: ConnectionPoolStateMachine(limits: limits)))
    }

    var statistics: DatabaseStatistics {
        self.state.withLock { state in
            var statistics = state.machine.statistics
            state.waits.write(into: &statistics)
            return statistics
        }
    }

    /// Runs a job on a connection's thread.
    ///
    /// A job that throws `PostgresRetry` is run again on another connection, once after a loss at its first statement.
    /// Throws the job's error, `poolExhausted`, `unavailable`, `timedOut`, `cancelled`, `closed`.
    func run<Value: Sendable>(
        interrupt: PostgresInterrupt,
        _ job: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        var retriesLeft = self.limits.connectionsMax
        while true {
            let connection = try await self.acquire(interrupt: interrupt)
            let result: Result<Value, any Error> = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    connection.run(job) { result, isReusable in
                        self.update { $0.release(connection.id, isReusable: isReusable, now: .now) }
                        continuation.resume(returning: result)
                    }
                }
            } onCancel: {
                interrupt.cancel()
            }
            guard case .failure(let retry as PostgresRetry) = result else { return try result.get() }
            guard retriesLeft > 0 else { throw retry.error }
            retriesLeft = retry.cause == .lostAtFirstStatement ? 0 : retriesLeft - 1
        }
    }

    /// Refuses later callers and those who wait, waits until all connections are back, and closes them.
    func close() async {
        await withCheckedContinuation { continuation in
            self.update {
                $0.close()
            } prepare: {
                $0.closers.append(continuation)
            }
        }
    }

    private func acquire(interrupt: PostgresInterrupt) async throws -> PostgresConnection {
        let idle = self.state.withLock { state in
            state.machine.acquireIdle().flatMap { state.connections[$0] }
        }
        if let idle { return idle }
        let waiter = self.state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        let begun = ContinuousClock.now
        defer { self.state.withLock { $0.waits.add(begun.duration(to: .now)) } }
        let limit = WaitLimit(acquire: begun + self.acquireTimeout, deadline: interrupt.deadline)
        return try await withThrowingTaskGroup(of: PostgresConnection?.self) { group in
            group.addTask {
                try await self.wait(waiter, limit)
            }
            group.addTask {
                // Cancelled as soon as the waiter is served.
                if (try? await Task.sleep(until: limit.instant, clock: .continuous)) != nil {
                    self.expire(waiter, limit)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let connection = try await group.next() {
                if let connection { return connection }
            }
            throw SQLError(.cancelled, "the task was cancelled before a connection was free")
        }
    }

    /// Waits in line until the machine lends a connection or refuses.
    private func wait(_ waiter: Int, _ limit: WaitLimit) async throws -> PostgresConnection {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.update {
                    $0.acquire(waiter, now: .now)
                } prepare: {
                    $0.waiters[waiter] = continuation
                }
                // What came before the waiter stood in line could not take it out.
                if Task.isCancelled { self.leaveCancelled(waiter) }
                if ContinuousClock.now >= limit.instant { self.expire(waiter, limit) }
            }
        } onCancel: {
            self.leaveCancelled(waiter)
        }
    }

    private func expire(_ waiter: Int, _ limit: WaitLimit) {
        if limit.deadline <= limit.acquire {
            self.leave(waiter, SQLError(.timedOut, "the deadline passed before a connection was free"))
        } else {
            self.update { $0.expire(waiter) }
        }
    }

    private func leaveCancelled(_ waiter: Int) {
        self.leave(waiter, SQLError(.cancelled, "the task was cancelled before a connection was free"))
    }

    private func leave(_ waiter: Int, _ error: SQLError) {
        self.update { $0.leave(waiter) ? [.refuse(waiter, error)] : [] }
    }

    /// Lets the machine decide, and carries out what it decided.
    private func update(
        _ decide: (inout ConnectionPoolStateMachine) -> [ConnectionPoolStateMachine.Action],
        prepare: (inout State) -> Void = { _ in }
    ) {
        let effects = self.state.withLock { state in
            prepare(&state)
            return decide(&state.machine).compactMap { Self.effect(of: $0, in: &state) }
        }
        for effect in effects {
            switch effect {
            case .lend(let connection, let waiter): waiter.resume(returning: connection)
            case .refuse(let waiter, let error): waiter.resume(throwing: error)
            case .connect(let id): self.connect(id)
            case .close(let connection):
                connection.close { self.update { $0.closed(connection.id, now: .now) } }
            case .retry(let instant):
                let wait = ContinuousClock.now.duration(to: instant) / .seconds(1)
                DispatchQueue.global().asyncAfter(deadline: .now() + max(0, wait)) {
                    self.update { $0.retry(now: .now) }
                }
            case .finish(let closers): closers.forEach { $0.resume() }
            }
        }
    }

    private static func effect(
        of action: ConnectionPoolStateMachine.Action,
        in state: inout State
    ) -> Effect? {
        switch action {
        case .lend(let id, let waiter):
            guard let connection = state.connections[id], let waiter = state.waiters.removeValue(forKey: waiter) else {
                preconditionFailure("The machine lends open connections to those who wait.")
            }
            return .lend(connection, waiter)
        case .refuse(let waiter, let error):
            return state.waiters.removeValue(forKey: waiter).map { .refuse($0, error) }
        case .connect(let id):
            return .connect(id)
        case .close(let id):
            return state.connections.removeValue(forKey: id).map { .close($0) }
        case .retry(let instant):
            return .retry(at: instant)
        case .finishClosing:
            defer { state.closers = [] }
            return .finish(state.closers)
        }
    }

    private func connect(_ id: Int) {
        let connection: PostgresConnection
        do throws(SQLError) {
            connection = try PostgresConnection(id: id)
        } catch {
            self.reportFailure(id, error)
            return
        }
        self.state.withLock { $0.connections[id] = connection }
        connection.connect(self.configuration) { error in
            if let error {
                self.reportFailure(id, error)
            } else {
                self.logger.debug("connected to Postgres", metadata: ["connection": "\(id)"])
                self.update { $0.connected(id, now: .now) }
            }
        }
    }

    private func reportFailure(_ id: Int, _ error: SQLError) {
        self.logger.warning("cannot connect to Postgres", metadata: ["error": "\(error)"])
        self.update {
            $0.connectFailed(id, error, jitter: .random(in: 0...1), now: .now)
        } prepare: {
            $0.connections[id] = nil
        }
    }
}
