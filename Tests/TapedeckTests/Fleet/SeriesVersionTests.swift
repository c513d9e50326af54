import TestSupport
import Testing

@testable import Tapedeck

@Suite struct SeriesVersionTests {
    @Test func commitsInOrderLeaveNoGap() {
        var version = SeriesVersion(seriesID: 1, known: 4)

        version.note(5...5, tick: 10)
        version.note(6...9, tick: 11)

        #expect(version.known == 9)
        #expect(version.gapTick == nil)
    }

    @Test func gapIsClosedByTheNoticeThatWasLate() {
        var version = SeriesVersion(seriesID: 1, known: 4)

        version.note(6...6, tick: 10)
        version.note(8...8, tick: 12)
        #expect(version.known == 4)
        #expect(version.gapTick == 10)
        #expect(version.contains(6...6) && !version.contains(5...6) && !version.contains(7...7))

        version.note(5...5, tick: 13)
        #expect(version.known == 6)
        #expect(version.gapTick == 10)
        version.note(7...7, tick: 14)
        #expect(version.known == 8)
        #expect(version.gapTick == nil)
    }

    @Test func whatIsKnownStaysKnown() {
        var version = SeriesVersion(seriesID: 1, known: 4)

        version.note(2...3, tick: 10)
        version.note(4...4, tick: 10)

        #expect(version.known == 4)
        #expect(version.contains(1...4))
    }

    /// Notices in any order, some of them twice and folded, against a plain set of commits.
    @Test func agreesWithASetOfCommits() {
        var random = SeededRandom()
        for _ in 0..<300 {
            let first = Int64.random(in: 0...5, using: &random)
            var version = SeriesVersion(seriesID: 1, known: first)
            var model = Set(0...first)
            for tick in 0..<Int64(40) {
                let start = first + Int64.random(in: 0...20, using: &random)
                let versions = start...(start + Int64.random(in: 0...3, using: &random))
                version.note(versions, tick: tick)
                model.formUnion(versions)

                var contiguous = first
                while model.contains(contiguous + 1) { contiguous += 1 }
                #expect(version.known == contiguous, "\(random)")
                #expect((version.gapTick == nil) == (model.max() == contiguous), "\(random)")
                let asked = Int64.random(in: 0...25, using: &random)
                #expect(version.contains(asked...asked) == model.contains(asked), "\(random)")
            }
        }
    }
}
