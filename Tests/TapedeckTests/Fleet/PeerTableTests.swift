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

    private func table(peersMax: Int = 10, canHear: Bool = true) -> PeerTable {
        PeerTable(
            own: self.own,
            peersMax: peersMax,
            heartbeatTimeout: .seconds(5),
            silence: .seconds(30),
            canHear: canHear
        )
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

    @Test func whoToldSomethingWithinASecondIsTalking() {
        var table = self.table()
        _ = table.hear(self.message(self.other, 1), tick: 0)
        _ = table.hear(self.message(WorkerID(3), 0, []), tick: 0)
        _ = table.hear(self.message(WorkerID(4), 0, []), tick: 0)
        _ = table.hear(self.message(WorkerID(4), 1), tick: Self.second / 2)

        let talkers = [Self.second - 1, Self.second, 3 * Self.second / 2].map { table.talkers(tick: $0) }

        #expect(talkers == [2, 1, 0], "a heartbeat tells nothing")
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

    /// A worker that was started just before the database went away has not had the time to hear anybody.
    @Test func nobodyIsKnownToBeAloneBeforeAHeartbeatCouldBeHeard() {
        var table = self.table()
        let before = table.isAlone(tick: 3_600 * Self.second)
        table.regainHearing(tick: 10 * Self.second)
        let listening = [14, 15].map { table.isAlone(tick: $0 * Self.second) }
        table.loseHearing(tick: 20 * Self.second)
        let deaf = table.isAlone(tick: 3_600 * Self.second)
        table.regainHearing(tick: 3_600 * Self.second)
        let again = table.isAlone(tick: 3_600 * Self.second)

        #expect(!before && listening == [false, true])
        #expect(deaf, "as when it could hear last")
        #expect(again, "the database's other connections may be back later than this one")
    }

    @Test func whoWasNotAloneHasToListenAnewBehindAnOutage() {
        var table = self.table()
        table.regainHearing(tick: 0)
        _ = table.hear(self.message(self.other, 1), tick: Self.second)
        table.loseHearing(tick: 10 * Self.second)
        table.regainHearing(tick: 20 * Self.second)
        _ = table.hear(self.message(self.other, 2, [.leaving]), tick: 21 * Self.second)

        #expect([22, 25].map { table.isAlone(tick: $0 * Self.second) } == [false, true])
    }

    @Test func whoHearsOthersIsNotAloneAndWhoCanNeverHearIs() {
        var table = self.table()
        table.regainHearing(tick: 0)
        _ = table.hear(self.message(self.other, 1), tick: 1)

        #expect([5, 29, 31].map { table.isAlone(tick: $0 * Self.second) } == [false, false, true])
        #expect(self.table(canHear: false).isAlone(tick: 0))
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
