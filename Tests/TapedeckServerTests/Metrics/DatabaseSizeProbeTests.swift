import Locking
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct DatabaseSizeProbeTests {
    private struct Down: Error {}

    private let clock = ManualClock()
    private let answers = Locked<[Result<Int, any Error>]>([])
    private let asked = Locked(0)

    private func probe(_ answers: [Result<Int, any Error>]) -> DatabaseSizeProbe {
        self.answers.withLock { $0 = answers }
        return DatabaseSizeProbe(timeout: .seconds(2), clock: self.clock) {
            [answers = self.answers, asked = self.asked] in
            asked.withLock { $0 += 1 }
            return try answers.withLock { $0.removeFirst() }.get()
        }
    }

    @Test func theDatabaseIsAskedOnceAMinute() async {
        let probe = self.probe([.success(10), .success(20)])

        #expect(await probe.byteCount(mayAsk: true) == 10)
        self.clock.advance(by: .seconds(59))
        #expect(await probe.byteCount(mayAsk: true) == 10)
        self.clock.advance(by: .seconds(1))
        #expect(await probe.byteCount(mayAsk: true) == 20)
        #expect(self.asked.withLock { $0 } == 2)
    }

    @Test func aDatabaseThatFailsLeavesTheLastSizeAndIsNotAskedAtOnceAgain() async {
        let probe = self.probe([.failure(Down()), .success(10), .failure(Down())])

        #expect(await probe.byteCount(mayAsk: true) == nil)
        #expect(await probe.byteCount(mayAsk: true) == nil)
        self.clock.advance(by: .seconds(60))
        #expect(await probe.byteCount(mayAsk: true) == 10)
        self.clock.advance(by: .seconds(60))
        #expect(await probe.byteCount(mayAsk: true) == 10)
        #expect(self.asked.withLock { $0 } == 3)
    }

    @Test func aDatabaseThatIsDownIsNotAsked() async {
        let probe = self.probe([.success(10)])

        #expect(await probe.byteCount(mayAsk: false) == nil)
        #expect(self.asked.withLock { $0 } == 0)
        #expect(await probe.byteCount(mayAsk: true) == 10)
    }

    @Test func aDatabaseThatDoesNotAnswerIsNotWaitedForLongerThanTheTimeout() async {
        let probe = DatabaseSizeProbe(timeout: .seconds(2), clock: self.clock) { [clock = self.clock] in
            try await clock.sleep(for: .seconds(3_600))
            return 1
        }
        async let size = probe.byteCount(mayAsk: true)
        await self.clock.sleepers(atLeast: 2)

        self.clock.advance(by: .seconds(2))

        #expect(await size == nil)
    }
}
