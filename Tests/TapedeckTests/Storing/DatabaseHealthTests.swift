import MarketData
import Testing

@testable import Tapedeck

@Suite struct DatabaseHealthTests {
    private let start = Timestamp(nanoseconds: 1)
    private let later = Timestamp(nanoseconds: 2)
    private let last = Timestamp(nanoseconds: 3)

    @Test func failuresOnlyMakeItWorse() {
        var health = DatabaseHealth(since: self.start)

        let taken1 = health.noteOutage(.unwritable, at: self.later)
        #expect(taken1)
        #expect(health.state == .unwritable && health.since == self.later && health.isReachable)
        let taken2 = health.noteOutage(.unwritable, at: self.last)
        #expect(!taken2)
        let taken3 = health.noteOutage(.unreachable, at: self.last)
        #expect(taken3)
        let taken4 = health.noteOutage(.unwritable, at: self.last)
        #expect(!taken4)
        #expect(health.state == .unreachable && health.outageCount == 1)
    }

    @Test func oneWrittenRecordMakesItTakeWritesAndOnlyRecoveryMakesItUp() {
        var health = DatabaseHealth(since: self.start)
        _ = health.noteOutage(.unreachable, at: self.later)

        health.noteWritten(at: self.last)
        #expect(health.state == .catchingUp && health.takesWrites && !health.isUp)
        let isWorse = health.noteOutage(.unwritable, at: self.last)
        #expect(isWorse && !health.takesWrites && health.outageCount == 1, "the same outage goes on")
        health.noteWritten(at: self.last)
        health.noteRecovery(at: self.last)
        #expect(health.isUp && health.since == self.last)
        health.noteWritten(at: self.last)
        #expect(health.isUp)
    }
}
