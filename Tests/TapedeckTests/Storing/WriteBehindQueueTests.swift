import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct WriteBehindQueueTests {
    private let series: Series
    private let origin: Timestamp

    init() throws {
        self.series = try Series(provider: .simulated, symbol: "ES.c.0", timeframe: .oneMinute)
        self.origin = try time("2026-01-14T12:00:00Z")
    }

    private func minutes(_ start: Int64, _ end: Int64) throws -> TimeRange {
        try TimeRange(
            start: self.origin.advancedSaturating(byNanoseconds: start * Timeframe.oneMinute.nanoseconds),
            end: self.origin.advancedSaturating(byNanoseconds: end * Timeframe.oneMinute.nanoseconds)
        )
    }

    /// A piece with a bar a minute, priced so that it tells which piece it came with.
    private func piece(_ start: Int64, _ end: Int64, settled: Int64, price: Double = 1) throws -> StoredPiece<Bar> {
        let bars = try (start..<end).map { minute in
            Bar(
                timestamp: try self.minutes(minute, minute + 1).start,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 1
            )
        }
        let settledEnd = try self.minutes(-1_000_000, settled).end
        return StoredPiece(
            series: self.series,
            records: bars,
            range: try self.minutes(start, end),
            settledEnd: settledEnd
        )
    }

    @Test func formingBarIsReplacedByItsSuccessor() throws {
        var queue = WriteBehindQueue(recordsMax: 10)
        let taken1 = queue.append(.bars(try self.piece(0, 5, settled: 4)), of: nil, periods: 5, tick: 0)
        #expect(taken1)
        let taken2 = queue.append(.bars(try self.piece(4, 6, settled: 5, price: 2)), of: nil, periods: 2, tick: 1)
        #expect(taken2)

        let pieces = queue.all.compactMap { write -> StoredPiece<Bar>? in
            if case .bars(let piece) = write.content { piece } else { nil }
        }
        #expect(pieces.map(\.range) == [try self.minutes(0, 4), try self.minutes(4, 6)])
        #expect(pieces.map(\.records.count) == [4, 2])
        #expect(queue.recordCount == 6)
        queue.checkInvariants()
    }

    @Test func pieceOfAnotherModeOrLessSettledReplacesNothing() throws {
        var queue = WriteBehindQueue(recordsMax: 20)
        var refreshed = try self.piece(0, 5, settled: 5)
        refreshed.mode = .refresh
        let taken3 = queue.append(.bars(refreshed), of: nil, periods: 5, tick: 0)
        #expect(taken3)
        let taken4 = queue.append(.bars(try self.piece(0, 5, settled: 5)), of: nil, periods: 5, tick: 1)
        #expect(taken4)
        let taken5 = queue.append(.bars(try self.piece(0, 5, settled: 2)), of: nil, periods: 5, tick: 2)
        #expect(taken5)

        #expect(queue.recordCount == 15)
    }

    @Test func whatDoesNotFitIsRefusedAndNothingIsDropped() throws {
        var queue = WriteBehindQueue(recordsMax: 10)
        let taken6 = queue.append(.bars(try self.piece(0, 8, settled: 8)), of: nil, periods: 8, tick: 0)
        #expect(taken6)
        let taken7 = queue.append(.bars(try self.piece(10, 13, settled: 13)), of: nil, periods: 3, tick: 1)
        #expect(!taken7)
        let taken8 = queue.reserve("a", records: 3)
        #expect(!taken8)
        let taken9 = queue.reserve("b", records: 2)
        #expect(taken9)
        #expect(queue.room == 0 && queue.recordCount == 8)

        let taken10 = queue.append(.bars(try self.piece(10, 12, settled: 12)), of: "b", periods: 2, tick: 1)
        #expect(taken10)
        #expect(queue.recordCount == 10 && queue.reservedCount == 0)
        queue.checkInvariants()
    }

    @Test func endOfAPurchaseTakesThePlaceOfItsBeginning() throws {
        var queue = WriteBehindQueue(recordsMax: 10)
        var purchase = NewPurchase(series: self.series, range: try self.minutes(0, 5), client: "c", requestID: "r")
        purchase.token = "t"
        let taken11 = queue.reserve("t", records: 6)
        #expect(taken11)
        queue.begin(purchase, tick: 0)
        let taken12 = queue.append(.bars(try self.piece(0, 3, settled: 3)), of: "t", periods: 5, tick: 1)
        #expect(taken12)
        let figures = PurchaseFigures(
            recordCount: 3,
            byteCount: 168,
            costUSD: 1,
            requestCount: 1,
            duration: .seconds(1)
        )
        queue.end(purchase, begun: 0, figures, error: nil, tick: 2)

        #expect(queue.all.count == 2 && queue.reservedCount == 0)
        #expect(queue.all.last?.costUSD == 1)
        queue.checkInvariants()
    }

    @Test func whatIsWrittenTogetherIsLimitedInWritesAndRecords() throws {
        var queue = WriteBehindQueue(recordsMax: 100)
        for (number, length) in [Int64(5), 20, 3, 3, 3].enumerated() {
            let start = Int64(number) * 100
            let piece = try self.piece(start, start + length, settled: 1_000)
            let isTaken = queue.append(.bars(piece), of: nil, periods: Int(length), tick: Int64(number))
            #expect(isTaken)
        }

        #expect(queue.next(writesMax: 1, recordsMax: 10).map(\.id) == [0])
        #expect(queue.next(writesMax: 5, recordsMax: 10).map(\.id) == [0])
        #expect(queue.next(writesMax: 5, recordsMax: 25).map(\.id) == [0, 1])
        #expect(queue.next(writesMax: 3, recordsMax: 100).map(\.id) == [0, 1, 2])
        queue.remove(0)
        #expect(queue.next(writesMax: 5, recordsMax: 10).map(\.id) == [1], "one that is larger goes alone")
        queue.remove(1)
        #expect(queue.next(writesMax: 5, recordsMax: 10).map(\.id) == [2, 3, 4])
        #expect(queue.holds(.series(self.series)) && !queue.holds(.mappings(.simulated)))
    }

    /// Pieces come in any order and size; what the queue says in the end, written in its order, is what the pieces said
    /// in theirs.
    @Test func whateverComesTheLastWordOnEachMinuteIsKept() throws {
        var random = SeededRandom()
        for _ in 0..<300 {
            var queue = WriteBehindQueue(recordsMax: 200)
            var expected: [Timestamp: Double] = [:]
            var settled: Int64 = 0
            for number in 0..<40 {
                settled += Int64.random(in: 0...2, using: &random)
                let start = Int64.random(in: 0..<30, using: &random)
                let end = start + Int64.random(in: 1...8, using: &random)
                let piece = try self.piece(start, end, settled: settled, price: Double(number))
                if Int.random(in: 0..<6, using: &random) == 0, let first = queue.first {
                    // Written: from now on the database says it.
                    queue.remove(first.id)
                    if case .bars(let written) = first.content {
                        for bar in written.records where expected[bar.timestamp] == bar.open {
                            expected[bar.timestamp] = nil
                        }
                    }
                }
                guard queue.append(.bars(piece), of: nil, periods: Int(end - start), tick: Int64(number)) else {
                    continue
                }
                for bar in piece.records { expected[bar.timestamp] = bar.open }
                queue.checkInvariants()
            }
            var said: [Timestamp: Double] = [:]
            for case .bars(let piece) in queue.all.map(\.content) {
                for bar in piece.records { said[bar.timestamp] = bar.open }
            }
            #expect(said == expected, "\(random)")
        }
    }
}
