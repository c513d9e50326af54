import MarketData
import TestSupport
import Testing

@testable import MarketStore

@Suite struct RecordMergeTests {
    @Test func newRecordsAreInsertedAsFirstRevision() {
        let merge = Self.merge(stored: [], incoming: [.at("2026-01-05T00:00:00Z", 1, revision: 7)])

        #expect(merge.result.map(\.revision) == [1])
        #expect(merge.insertedCount == 1)
        #expect(merge.written == merge.result)
    }

    @Test func equalValuesKeepTheRevisionAndAreWrittenToRenewTheFetchTime() {
        let stored = Bar.at("2026-01-05T00:00:00Z", 1, revision: 3)

        let merge = Self.merge(stored: [stored], incoming: [.at("2026-01-05T00:00:00Z", 1)])

        #expect(merge.result == [stored])
        #expect(merge.written == [stored])
        #expect(merge.unchangedCount == 1)
        #expect(!merge.changesRows)
    }

    @Test func otherValuesRaiseTheRevisionByOne() {
        let merge = Self.merge(
            stored: [.at("2026-01-05T00:00:00Z", 1, revision: 3)],
            incoming: [.at("2026-01-05T00:00:00Z", 2)]
        )

        #expect(merge.revised == [.at("2026-01-05T00:00:00Z", 2, revision: 4)])
        #expect(merge.changesRows)
    }

    @Test(arguments: [(2, 3, 3, 1.0), (3, 3, 3, 1.0), (4, 3, 4, 2.0)] as [(Int32, Int32, Int32, Double)])
    func givenRevisionWithOtherValuesReplacesOnlyALowerOne(
        given: Int32,
        stored: Int32,
        result: Int32,
        price: Double
    ) {
        let merge = Self.merge(
            stored: [.at("2026-01-05T00:00:00Z", 1, revision: stored)],
            incoming: [.at("2026-01-05T00:00:00Z", 2, revision: given)],
            revisions: .given
        )

        #expect(merge.result == [.at("2026-01-05T00:00:00Z", price, revision: result)])
        #expect(merge.outdatedCount == (price == 1 ? 1 : 0))
    }

    @Test func changesShowBothSidesOfWhatWasKnown() {
        let times = ["2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z", "2026-01-05T02:00:00Z", "2026-01-05T03:00:00Z"]
        let merge = Self.merge(
            stored: [.at(times[0], 1), .at(times[1], 1), .at(times[2], 1)],
            incoming: [.at(times[0], 2), .at(times[1], 1), .at(times[3], 4), .at("2026-01-05T04:00:00Z", 5)]
        )
        let known = RangeSet(range(times[0], "2026-01-05T04:00:00Z"))

        let changes = merge.changes(knownBefore: Coverage(final: known, provisional: []), finalNow: known)

        #expect(changes.map(\.timestamp) == [time(times[0]), time(times[2]), time(times[3])], "04:00 was not known")
        #expect(changes.map { $0.before?.open } == [1, 1, nil] && changes.map { $0.after?.open } == [2, nil, 4])
        #expect(changes[0].before?.revision == 1 && changes[0].after?.revision == 2)
        #expect(changes.allSatisfy { $0.before?.isFinal != false && $0.after?.isFinal != false })
    }

    @Test func givenRevisionOfANewRecordIsKept() {
        let merge = Self.merge(
            stored: [],
            incoming: [.at("2026-01-05T00:00:00Z", 2, revision: 5)],
            revisions: .given
        )

        #expect(merge.result.map(\.revision) == [5])
    }

    @Test func higherGivenRevisionOfEqualValuesIsTakenOver() {
        let merge = Self.merge(
            stored: [.at("2026-01-05T00:00:00Z", 1, revision: 2)],
            incoming: [.at("2026-01-05T00:00:00Z", 1, revision: 5)],
            revisions: .given
        )

        #expect(merge.revised.map(\.revision) == [5])
    }

    @Test func absentRecordsAreDeletedInStretchesThatHoldNothingThatStays() {
        let hours = (0..<8).map { "2026-01-05T0\($0):00:00Z" }
        let stored = hours.map { Bar.at($0, 1) }
        let incoming = [Bar.at(hours[2], 1)]

        let merge = Self.merge(stored: stored, incoming: incoming, kept: [time(hours[5])])

        #expect(
            merge.deleted == [
                time(hours[0])...time(hours[1]), time(hours[3])...time(hours[4]), time(hours[6])...time(hours[7]),
            ]
        )
        #expect(merge.removedCount == 6)
        #expect(merge.result.map(\.timestamp) == [time(hours[2]), time(hours[5])])
    }

    @Test func unsettledRecordsDoNotReplaceWhatIsSettled() {
        let stored = Bar.at("2026-01-05T00:00:00Z", 1)
        let merge = RecordMerge(
            stored: [stored],
            incoming: [.at("2026-01-05T00:00:00Z", 2), .at("2026-01-05T01:00:00Z", 2)],
            revisions: .assigned,
            settled: RangeSet(range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")),
            kept: { _ in false }
        )

        #expect(merge.result == [stored])
        #expect(merge.outdatedCount == 2)
        #expect(!merge.changesRows)
    }

    @Test func revisionDoesNotOverflow() {
        let merge = Self.merge(
            stored: [.at("2026-01-05T00:00:00Z", 1, revision: .max)],
            incoming: [.at("2026-01-05T00:00:00Z", 2)]
        )

        #expect(merge.result.map(\.revision) == [.max])
    }

    @Test func deletionsAndWritesTurnTheStoredRowsIntoTheResult() {
        var random = SeededRandom()
        for _ in 0..<1_000 {
            let stored = Self.randomBars(&random)
            let incoming = Self.randomBars(&random)
            let kept = Set(stored.map(\.timestamp).filter { _ in Bool.random(using: &random) })

            let merge = Self.merge(stored: stored, incoming: incoming, kept: kept)

            var table = Dictionary(uniqueKeysWithValues: stored.map { ($0.timestamp, $0) })
            for stretch in merge.deleted {
                for key in table.keys where stretch.contains(key) { table[key] = nil }
            }
            for bar in merge.written { table[bar.timestamp] = bar }
            #expect(table.values.sorted { $0.timestamp < $1.timestamp } == merge.result, "\(random)")
            let counted = merge.insertedCount + merge.revised.count + merge.unchangedCount + merge.outdatedCount
            #expect(counted == incoming.count, "\(random)")
            #expect(stored.count + merge.insertedCount - merge.removedCount == merge.result.count, "\(random)")
        }
    }

    private static func merge(
        stored: [Bar],
        incoming: [Bar],
        revisions: RevisionSource = .assigned,
        kept: Set<Timestamp> = []
    ) -> RecordMerge<Bar> {
        RecordMerge(stored: stored, incoming: incoming, revisions: revisions, kept: kept.contains)
    }

    private static func randomBars(_ random: inout SeededRandom) -> [Bar] {
        (0..<10).filter { _ in Bool.random(using: &random) }.map { hour in
            .at("2026-01-05T0\(hour):00:00Z", Double(Int.random(in: 1...2, using: &random)))
        }
    }
}
