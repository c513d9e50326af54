import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct NoticeCoalescerTests {
    private func notice(_ id: Int64, _ versions: ClosedRange<Int64>, at start: Int64 = 0) -> FleetMessage.Entry {
        let range = TimeRange(
            Timestamp(nanoseconds: start * 1_000_000_000),
            Timestamp(nanoseconds: (start + 60) * 1_000_000_000)
        )
        return .stored(
            StoredNotice(
                seriesID: id,
                versions: versions,
                range: range ?? TimeRange(.earliest, .latest)!,
                isWarm: true,
                horizon: nil
            )
        )
    }

    @Test func firstIsSentAtOnceAndTheOthersTogetherBehindIt() {
        var coalescer = NoticeCoalescer(entriesMax: 10)

        let isFirst = coalescer.add(self.notice(1, 1...1))
        let first = coalescer.begin()
        let isSecondFirst = coalescer.add(self.notice(2, 1...1))
        let isThirdFirst = coalescer.add(self.notice(3, 4...4))
        let tooEarly = coalescer.begin()
        coalescer.end(isSent: true)
        let second = coalescer.begin()
        coalescer.end(isSent: true)
        let nothing = coalescer.begin()
        let isFirstAgain = coalescer.add(self.notice(1, 2...2))

        #expect(isFirst && !isSecondFirst && !isThirdFirst && isFirstAgain)
        #expect(first == [self.notice(1, 1...1)])
        #expect(second == [self.notice(2, 1...1), self.notice(3, 4...4)])
        #expect(tooEarly == nil && nothing == nil)
    }

    @Test func commitsThatFollowEachOtherAreOneEntry() {
        var coalescer = NoticeCoalescer(entriesMax: 10)
        _ = coalescer.add(self.notice(1, 5...5, at: 0))
        _ = coalescer.add(self.notice(1, 6...6, at: 600))

        let entries = coalescer.begin()

        let notices = entries?.compactMap { if case .stored(let notice) = $0 { notice } else { nil } }
        #expect(notices?.map(\.versions) == [5...6])
        #expect(notices?.map(\.range.nanoseconds) == [660_000_000_000])
    }

    @Test func anotherWorkersCommitBetweenThemIsNotClaimed() {
        var coalescer = NoticeCoalescer(entriesMax: 10)
        _ = coalescer.add(self.notice(1, 5...5))
        _ = coalescer.add(self.notice(1, 7...7))
        _ = coalescer.add(self.notice(1, 8...8))

        let entries = coalescer.begin()
        #expect(entries == [self.notice(1, 5...5), self.notice(1, 7...8)])
    }

    @Test func whatCouldNotBeSentIsSentWithTheNext() {
        var coalescer = NoticeCoalescer(entriesMax: 10)
        _ = coalescer.add(self.notice(1, 1...1))
        _ = coalescer.begin()
        _ = coalescer.add(self.notice(1, 2...2))
        coalescer.end(isSent: false)

        let entries = coalescer.begin()
        #expect(entries == [self.notice(1, 1...2)])
    }

    @Test func moreThanFitsIsToldAsEverything() {
        var coalescer = NoticeCoalescer(entriesMax: 3)
        for id in 1...4 { _ = coalescer.add(self.notice(Int64(id), 1...1)) }
        _ = coalescer.add(self.notice(9, 1...1))
        _ = coalescer.add(.leaving)
        _ = coalescer.add(.latest(LatestKey(provider: .simulated, symbol: "ES")))

        let entries = coalescer.begin()
        #expect(entries == [.everything, .leaving])
    }

    /// Whatever is added and however sending ends, each commit is told, or everything is.
    @Test func nothingIsEverLeftOut() {
        var random = SeededRandom()
        for _ in 0..<300 {
            var coalescer = NoticeCoalescer(entriesMax: Int.random(in: 1...6, using: &random))
            var nextVersion = [Int64: Int64]()
            var untold: Set<[Int64]> = []
            var underWay: [FleetMessage.Entry] = []
            for _ in 0..<60 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    let id = Int64.random(in: 1...4, using: &random)
                    // Others commit in between.
                    let version = (nextVersion[id] ?? 0) + .random(in: 1...2, using: &random)
                    nextVersion[id] = version
                    untold.insert([id, version])
                    _ = coalescer.add(self.notice(id, version...version))
                case 2:
                    if let entries = coalescer.begin() { underWay = entries }
                default:
                    let isSent = Bool.random(using: &random)
                    coalescer.end(isSent: isSent)
                    if isSent { self.tell(underWay, &untold) }
                    underWay = []
                }
            }
            coalescer.end(isSent: true)
            self.tell(underWay, &untold)
            while let entries = coalescer.begin() {
                self.tell(entries, &untold)
                coalescer.end(isSent: true)
            }
            #expect(untold.isEmpty, "\(random)")
        }
    }

    private func tell(_ entries: [FleetMessage.Entry], _ untold: inout Set<[Int64]>) {
        for entry in entries {
            switch entry {
            case .everything: untold = []
            case .stored(let notice):
                untold = untold.filter { $0[0] != notice.seriesID || !notice.versions.contains($0[1]) }
            default: break
            }
        }
    }
}
