import Testing

@testable import Tapedeck

@Suite struct PeerTableTests {
    private let own = WorkerID(1)
    private let other = WorkerID(2)
    private static let second: Int64 = 1_000_000_000

    private func message(_ sender: WorkerID, _ number: Int64, _ entries: [FleetMessage.Entry] = [.everything])
        -> FleetMessage
    {
        FleetMessage(sender: sender, number: number, entries: entries)
    }

    private func table(peersMax: Int = 10) -> PeerTable {
        PeerTable(own: self.own, peersMax: peersMax, heartbeatTimeout: .seconds(5), silence: .seconds(30))
    }

    @Test func messagesAreToldInOrderRepeatedOrMissed() {
        var table = self.table()

        let verdicts = [7, 8, 8, 10, 9, 11].map { table.hear(self.message(self.other, $0), tick: 0) }
        let own = table.hear(self.message(self.own, 3), tick: 0)

        #expect(verdicts == [.inOrder, .inOrder, .repeated, .missed, .repeated, .inOrder])
        #expect(own == .own)
        #expect(table.count(tick: 0) == 1)
    }

    @Test func heartbeatShowsThatTheLastMessageWasMissed() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 4), tick: 0)

        let verdicts = [4, 5, 5].map { table.hear(self.message(self.other, $0, []), tick: 0) }

        #expect(verdicts == [.inOrder, .missed, .inOrder])
    }

    @Test func workerThatIsSilentOrLeavesDoesNotCount() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 1), tick: 0)
        _ = table.hear(self.message(WorkerID(3), 1), tick: 20 * Self.second)

        #expect(table.count(tick: 29 * Self.second) == 2)
        #expect(table.count(tick: 30 * Self.second) == 1)
        _ = table.hear(self.message(WorkerID(3), 2, [.leaving]), tick: 30 * Self.second)
        #expect(table.count(tick: 30 * Self.second) == 0)
    }

    /// It may have died between a commit and its notice.
    @Test func silenceOfAWorkerIsNoticedOnceUntilItIsHeardAgain() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 1), tick: 0)

        let before = [5 * Self.second - 1, 5 * Self.second, 6 * Self.second].map { table.noteSilence(tick: $0) }
        _ = table.hear(self.message(self.other, 1, []), tick: 7 * Self.second)
        let after = [8, 12].map { table.noteSilence(tick: $0 * Self.second) }

        #expect(before == [false, true, false])
        #expect(after == [false, true])
    }

    @Test func whoLeftOrCannotBeHeardIsNotSilent() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 1), tick: 0)
        _ = table.hear(self.message(WorkerID(3), 1), tick: 0)

        _ = table.hear(self.message(WorkerID(3), 2, [.leaving]), tick: 1)
        table.loseHearing(tick: 1)
        let deaf = table.noteSilence(tick: 60 * Self.second)
        table.regainHearing(tick: 60 * Self.second)
        let hearing = [61, 65, 66].map { table.noteSilence(tick: $0 * Self.second) }

        #expect(!deaf, "all are silent to who is deaf")
        #expect(hearing == [false, true, false], "of the two one is left, and it does not come back")
    }

    /// Else each worker of a fleet would believe itself alone a while after the database is gone, and buy.
    @Test func whoCannotHearCountsThoseThatItHeardLast() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 1), tick: 0)
        _ = table.hear(self.message(WorkerID(3), 1), tick: 20 * Self.second)

        table.loseHearing(tick: 40 * Self.second)
        table.loseHearing(tick: 300 * Self.second)
        #expect(table.count(tick: 3_600 * Self.second) == 1)

        table.regainHearing(tick: 3_600 * Self.second)
        #expect(table.count(tick: 3_629 * Self.second) == 1)
        #expect(table.hear(self.message(WorkerID(3), 9), tick: 3_629 * Self.second) == .inOrder)
        #expect(table.count(tick: 3_658 * Self.second) == 1)
        #expect(table.count(tick: 3_659 * Self.second) == 0)
    }

    @Test func longestSilentWorkerGivesWayToANewOne() {
        var table = self.table(peersMax: 2)
        _ = table.hear(self.message(WorkerID(2), 1), tick: 0)
        _ = table.hear(self.message(WorkerID(3), 1), tick: 1)
        _ = table.hear(self.message(WorkerID(4), 1), tick: 2)

        #expect(table.count(tick: 3) == 2)
        #expect(table.hear(self.message(WorkerID(3), 3), tick: 3) == .missed, "it is still known")
    }
}
