import Testing

@testable import TapedeckCommand

@Suite struct WorkProgressTests {
    @Test func theRestTakesAsLongAsTheDonePartDid() {
        var progress = WorkProgress(total: 400)
        #expect(progress.remaining(after: .seconds(5)) == nil, "nothing is known before the first piece")

        progress.advance(by: 100, records: 90)

        #expect(progress.share == 0.25)
        #expect(progress.recordsPerSecond(after: .seconds(10)) == 9)
        #expect(progress.remaining(after: .seconds(10)) == .seconds(30))
    }

    @Test func workNeverExceedsItsTotal() {
        var progress = WorkProgress(total: 10)

        progress.advance(by: 8, records: 0)
        progress.advance(by: 8, records: 0)

        #expect(progress.done == 10 && progress.share == 1)
        #expect(progress.remaining(after: .seconds(3)) == .zero)
        #expect(WorkProgress(total: 0).share == 1)
    }

    @Test(
        arguments: [
            (0.2, "1s"), (45, "45s"), (59.5, "1m 00s"), (130, "2m 10s"), (3_600, "1h 00m"), (11_100, "3h 05m"),
            (187_200, "2d 04h"),
        ] as [(Double, String)]
    )
    func aLengthOfTimeShowsItsTwoLargestUnits(_ seconds: Double, _ text: String) {
        #expect(ProgressText.time(.seconds(seconds)) == text)
    }

    @Test func theLineFitsATerminal() {
        var progress = WorkProgress(total: 400)
        progress.advance(by: 100, records: 12_000)

        let line = ProgressText.line("ES.c.0 1m", progress, elapsed: .seconds(10))

        #expect(line == "ES.c.0 1m [#####...............]  25 %  12000 bars  1200/s  30s left")
        let long = ProgressText.line(String(repeating: "X", count: 64), progress, elapsed: .seconds(100_000))
        #expect(long.count <= 80, "\(long)")
    }

    @Test(arguments: [("y", true), ("YES ", true), ("n", false), ("", false), ("yep", false)])
    func onlyAYesIsAYes(_ answer: String, _ isYes: Bool) {
        #expect(Confirmation.isYes(answer) == isYes)
        #expect(!Confirmation.isYes(nil))
    }
}
