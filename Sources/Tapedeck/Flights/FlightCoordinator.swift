internal import Locking
internal import MarketData

/// Carries out what `FlightStateMachine` decides: begins flights, and lets reads wait for them.
///
/// Flights run as child tasks of `run`, so they outlive the read that began them.
final class FlightCoordinator<Key: Hashable & Sendable, Outcome: Sendable>: Sendable {
    typealias Machine = FlightStateMachine<Key, Outcome>

    /// A flight to be executed, with who asked for it first.
    struct Order: Sendable {
        let flight: Machine.Flight
        let origin: RequestOrigin
    }

    /// How a wait ended.
    struct Waited: Sendable {
        /// The outcomes of the flights waited for.
        let outcomes: [Outcome]
        /// Whether a flight was under way before.
        let hasJoined: Bool
        /// Whether a flight was begun.
        let hasBegun: Bool
    }

    private struct Success: Sendable {
        let outcomes: [Outcome]
        let hasJoined: Bool
        let hasBegun: Bool
        let mustAskAgain: Bool
    }

    private struct Waiting {
        let continuation: CheckedContinuation<Success, any Error>
        let hasJoined: Bool
        let hasBegun: Bool
        let mustAskAgain: Bool
        let sweep: Int
    }

    private struct State {
        var machine: Machine
        var nextWaiter = 0
        /// How often it was looked for waits that take too long.
        var sweep = 0
        var waiting: [Int: Waiting] = [:]
    }

    /// How often a refresh waits for fetches in its way before it is refused.
    private static var refreshAttemptsMax: Int { 16 }

    private let state: Locked<State>
    private let orders: AsyncStream<Order>
    private let ordering: AsyncStream<Order>.Continuation

    init(flightsMax: Int, waitersMax: Int) {
        self.state = Locked(State(machine: Machine(flightsMax: flightsMax, waitersMax: waitersMax)))
        // The machine admits no more than `flightsMax`, so none is ever dropped here.
        (self.orders, self.ordering) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(max(1, flightsMax)))
    }

    /// Flights under way and reads waiting.
    var counts: (flights: Int, waiters: Int) {
        self.state.withLock { ($0.machine.flightCount, $0.machine.waiterCount) }
    }

    /// Executes flights until the coordinator is stopped or the task cancelled, then ends everyone who still waits.
    ///
    /// To be called once.
    func run(_ execute: @escaping @Sendable (Order) async -> Outcome) async {
        await withDiscardingTaskGroup { group in
            for await order in self.orders {
                group.addTask {
                    let outcome = await execute(order)
                    self.finish(order.flight.id, outcome)
                }
            }
        }
        self.stop()
        let abandoned = self.state.withLock { state in
            state.machine.abandon().compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for waiting in abandoned { waiting.continuation.resume(throwing: Self.stopped) }
    }

    /// Ends the waits that were begun before the last `sweepsMax` calls of this with `timedOut`; their flights go on.
    ///
    /// Called at an interval, it bounds waits without a timer for each.
    func endLongWaits(sweepsMax: Int) {
        let ended = self.state.withLock { state in
            state.sweep += 1
            let late = state.waiting.filter { state.sweep - $0.value.sweep > sweepsMax }.keys.sorted()
            return late.compactMap { state.machine.leave($0) ? state.waiting.removeValue(forKey: $0) : nil }
        }
        for waiting in ended {
            waiting.continuation.resume(
                throwing: TapedeckError(
                    .timedOut,
                    "the provider has not delivered in time; what it brings is kept, so ask again",
                    retryAfter: .seconds(1)
                )
            )
        }
    }

    /// Refuses new waiters, and lets `run` return when the flights under way have ended.
    func stop() {
        self.state.withLock { $0.machine.stop() }
        self.ordering.finish()
    }

    /// Waits until flights have dealt with the whole of `range`.
    ///
    /// Throws `overloaded`, `cancelled` or `shuttingDown`; a cancelled wait leaves the flights alone.
    func wait(
        for key: Key,
        _ range: TimeRange,
        mode: Machine.Mode,
        origin: RequestOrigin
    ) async throws -> Waited {
        var (hasJoined, hasBegun) = (false, false)
        for _ in 0..<Self.refreshAttemptsMax {
            let success = try await self.waitOnce(for: key, range, mode: mode, origin: origin)
            hasJoined = hasJoined || success.hasJoined
            hasBegun = hasBegun || success.hasBegun
            guard success.mustAskAgain else {
                return Waited(outcomes: success.outcomes, hasJoined: hasJoined, hasBegun: hasBegun)
            }
        }
        throw TapedeckError(.overloaded, "other fetches of the range kept a refresh waiting: try again later")
    }

    private func waitOnce(
        for key: Key,
        _ range: TimeRange,
        mode: Machine.Mode,
        origin: RequestOrigin
    ) async throws -> Success {
        let waiter = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.join(waiter, key, range, mode, origin, continuation)
                // A cancellation that came before the waiter was known has found nobody to take out.
                if Task.isCancelled { self.leave(waiter) }
            }
        } onCancel: {
            self.leave(waiter)
        }
    }

    private func join(
        _ waiter: Int,
        _ key: Key,
        _ range: TimeRange,
        _ mode: Machine.Mode,
        _ origin: RequestOrigin,
        _ continuation: CheckedContinuation<Success, any Error>
    ) {
        let action = self.state.withLock { state in
            let action = state.machine.join(waiter, key: key, range: range, mode: mode)
            switch action {
            case .wait(let begin, let joined):
                state.waiting[waiter] = Waiting(
                    continuation: continuation,
                    hasJoined: joined > 0,
                    hasBegun: !begin.isEmpty,
                    mustAskAgain: false,
                    sweep: state.sweep
                )
            case .waitAndAskAgain:
                state.waiting[waiter] = Waiting(
                    continuation: continuation,
                    hasJoined: false,
                    hasBegun: false,
                    mustAskAgain: true,
                    sweep: state.sweep
                )
            case .refuse:
                break
            }
            return action
        }
        switch action {
        case .wait(let begin, _):
            for flight in begin { self.ordering.yield(Order(flight: flight, origin: origin)) }
        case .waitAndAskAgain:
            break
        case .refuse(let refusal):
            continuation.resume(throwing: self.error(for: refusal))
        }
    }

    private func finish(_ flight: Int, _ outcome: Outcome) {
        let woken = self.state.withLock { state in
            state.machine.finish(flight, outcome: outcome).compactMap { woken in
                state.waiting.removeValue(forKey: woken.waiter).map { ($0, woken.outcomes) }
            }
        }
        for (waiting, outcomes) in woken {
            waiting.continuation.resume(
                returning: Success(
                    outcomes: outcomes,
                    hasJoined: waiting.hasJoined,
                    hasBegun: waiting.hasBegun,
                    mustAskAgain: waiting.mustAskAgain
                )
            )
        }
    }

    private func leave(_ waiter: Int) {
        let waiting = self.state.withLock { state in
            state.machine.leave(waiter) ? state.waiting.removeValue(forKey: waiter) : nil
        }
        waiting?.continuation.resume(throwing: TapedeckError(.cancelled, "the read was cancelled"))
    }

    private func error(for refusal: Machine.Refusal) -> TapedeckError {
        let (flightsMax, waitersMax) = self.state.withLock { ($0.machine.flightsMax, $0.machine.waitersMax) }
        return switch refusal {
        case .tooManyFlights:
            TapedeckError(.overloaded, "\(flightsMax) fetches are under way, the most allowed: try again later")
        case .tooManyWaiters:
            TapedeckError(.overloaded, "\(waitersMax) reads wait for fetches, the most allowed: try again later")
        case .stopped:
            Self.stopped
        }
    }

    private static var stopped: TapedeckError {
        TapedeckError(.shuttingDown, "the cache is being stopped")
    }
}
