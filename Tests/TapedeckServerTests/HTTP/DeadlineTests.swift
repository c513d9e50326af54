import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct DeadlineTests {
    @Test func aQuickAnswerIsGiven() async throws {
        let answer = try await withDeadline(.seconds(1), clock: ManualClock()) { 42 }

        #expect(answer == 42)
    }

    @Test func aSlowAnswerIsCancelled() async throws {
        let clock = ManualClock()

        await #expect(throws: DeadlineExceeded.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withDeadline(.seconds(1), clock: clock) {
                        try await clock.sleep(for: .seconds(100))
                    }
                }
                await clock.sleepers(atLeast: 2)
                clock.advance(by: .seconds(1))
                try await group.waitForAll()
            }
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test func anErrorIsPassedOn() async throws {
        struct Failure: Error {}

        await #expect(throws: Failure.self) {
            try await withDeadline(.seconds(1), clock: ManualClock()) { throw Failure() }
        }
    }
}
