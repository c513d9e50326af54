import TestSupport
import Testing

@testable import SQLDatabase

@Suite(.timeLimit(.minutes(1))) struct ConnectionGateTests {
    private let clock = ManualClock()

    @Test func waiterGivesUpWhenItsTimeIsOver() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let waiting = Task { try await gate.withSlot(timeout: .seconds(30)) {} }
        await self.clock.sleepers(atLeast: 1)

        self.clock.advance(by: .seconds(10))

        await expectError(.poolExhausted) { try await waiting.value }
        #expect(gate.waiterCount == 0)
        #expect(gate.refusals == 1)
        release()
        try await holder.value
        #expect(gate.slotsInUse == 0)
    }

    @Test func waitsAreCountedWithTheTimeTheyTookHoweverTheyEnd() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let hasty = Task { try await gate.withSlot(timeout: .seconds(3)) {} }
        let patient = Task { try await gate.withSlot(timeout: .seconds(30)) {} }
        await self.clock.sleepers(atLeast: 2)

        self.clock.advance(by: .seconds(3))
        await expectError(.timedOut) { try await hasty.value }
        self.clock.advance(by: .seconds(4))
        release()
        try await patient.value
        try await holder.value
        try await gate.withSlot(timeout: .seconds(1)) {}

        var figures = DatabaseStatistics(
            connections: 0,
            connectionsInUse: 0,
            waiters: 0,
            refusals: 0,
            reconnections: 0
        )
        gate.waits.write(into: &figures)
        #expect(figures.waits == 2 && figures.waitTime == .seconds(10))
    }

    @Test func waiterGivesUpWhenItsCallersTimeIsOver() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let waiting = Task { try await gate.withSlot(timeout: .seconds(3)) {} }
        await self.clock.sleepers(atLeast: 1)

        self.clock.advance(by: .seconds(3))

        await expectError(.timedOut) { try await waiting.value }
        #expect(gate.refusals == 0)
        release()
        try await holder.value
    }

    @Test func waiterThatIsServedNoLongerHasADeadline() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let waiting = Task { try await gate.withSlot(timeout: .seconds(30)) { 7 } }
        await self.clock.sleepers(atLeast: 1)

        self.clock.advance(by: .seconds(9))
        release()

        #expect(try await waiting.value == 7)
        try await holder.value
        #expect(self.clock.sleeperCount == 0)
        #expect(gate.refusals == 0)
    }

    @Test func cancelledWaiterLeavesAndTheNextIsServed() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let cancelled = Task { try await gate.withSlot(timeout: .seconds(30)) {} }
        await self.clock.sleepers(atLeast: 1)
        let next = Task { try await gate.withSlot(timeout: .seconds(30)) { 7 } }
        await self.clock.sleepers(atLeast: 2)

        cancelled.cancel()

        await expectError(.cancelled) { try await cancelled.value }
        release()
        #expect(try await next.value == 7)
        try await holder.value
        #expect(gate.slotsInUse == 0)
    }

    @Test func slotIsGivenBackWhenTheBodyThrows() async throws {
        struct Stop: Error {}
        let gate = self.gate(waitersMax: 0)

        await #expect(throws: Stop.self) { try await gate.withSlot(timeout: .seconds(30)) { throw Stop() } }

        #expect(try await gate.withSlot(timeout: .seconds(30)) { 7 } == 7)
    }

    @Test func closingTellsWaitersAndWaitsForHolders() async throws {
        let gate = self.gate(waitersMax: 5)
        let (holder, release) = await self.holder(of: gate)
        let waiting = Task { try await gate.withSlot(timeout: .seconds(30)) {} }
        await self.clock.sleepers(atLeast: 1)

        async let closing: Void = gate.close()

        await expectError(.closed) { try await waiting.value }
        await expectError(.closed) { try await gate.withSlot(timeout: .seconds(30)) {} }
        #expect(gate.slotsInUse == 1)
        release()
        await closing
        try await holder.value
        #expect(gate.slotsInUse == 0)
    }

    private func gate(waitersMax: Int) -> ConnectionGate {
        ConnectionGate(slotsMax: 1, waitersMax: waitersMax, acquireTimeout: .seconds(10), clock: self.clock)
    }

    /// Holds the one slot until the returned closure is called.
    private func holder(of gate: ConnectionGate) async -> (Task<Void, any Error>, @Sendable () -> Void) {
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await gate.withSlot(timeout: .seconds(30)) {
                enter.finish()
                for await _ in released {}
            }
        }
        for await _ in entered {}
        return (task, { release.finish() })
    }
}
