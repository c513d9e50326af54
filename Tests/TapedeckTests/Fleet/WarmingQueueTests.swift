import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct WarmingQueueTests {
    private func job(_ symbol: String, hours: Range<Int64>, commits: [ClosedRange<Int64>] = []) throws
        -> WarmingQueue.Job
    {
        let origin = try time("2026-01-12T00:00:00Z")
        let hour = Timeframe.oneHour.nanoseconds
        return WarmingQueue.Job(
            series: try Series(provider: .simulated, symbol: symbol, timeframe: .oneHour),
            range: try TimeRange(
                start: origin.advanced(byNanoseconds: hours.lowerBound * hour),
                end: origin.advanced(byNanoseconds: hours.upperBound * hour)
            ),
            commits: commits,
            horizon: nil
        )
    }

    private func queue(jobsMax: Int = 100, batchMax: Int = 3, barsMax: Int = 50) -> WarmingQueue {
        WarmingQueue(jobsMax: jobsMax, batchMax: batchMax, barsMax: barsMax)
    }

    @Test func severalSeriesAreReadTogetherInTheirOrder() throws {
        var queue = self.queue()
        for symbol in ["A", "B", "C", "D"] { #expect(queue.add(try self.job(symbol, hours: 0..<1))) }

        let first = queue.next().map(\.series.symbol)
        let meanwhile = queue.next()
        queue.end()
        let second = queue.next().map(\.series.symbol)
        queue.end()

        #expect(first == ["A", "B", "C"] && meanwhile.isEmpty && second == ["D"])
        #expect(queue.next().isEmpty && queue.isIdle)
    }

    @Test func whatComesForASeriesThatWaitsJoinsItAndForOneThatIsReadWaits() throws {
        var queue = self.queue()
        _ = queue.add(try self.job("A", hours: 3..<4, commits: [7...7]))
        _ = queue.add(try self.job("A", hours: 0..<1, commits: [8...9]))
        let joined = queue.next()
        _ = queue.add(try self.job("A", hours: 5..<6, commits: [10...10]))
        queue.end()

        #expect(joined == [try self.job("A", hours: 0..<4, commits: [7...7, 8...9])])
        #expect(queue.next() == [try self.job("A", hours: 5..<6, commits: [10...10])])
    }

    @Test func batchHasNoMoreBarsThanItMayUnlessItIsOneSeries() throws {
        var queue = self.queue()
        _ = queue.add(try self.job("A", hours: 0..<20))
        _ = queue.add(try self.job("B", hours: 0..<40))
        _ = queue.add(try self.job("C", hours: 0..<500))
        _ = queue.add(try self.job("D", hours: 0..<1))
        var batches: [[String]] = []
        while !queue.isIdle {
            batches.append(queue.next().map(\.series.symbol))
            queue.end()
        }

        #expect(batches == [["A"], ["B"], ["C"], ["D"]])
    }

    @Test func thereIsNoRoomForMoreSeriesThanMayWait() throws {
        var queue = self.queue(jobsMax: 1)

        #expect(queue.add(try self.job("A", hours: 0..<1)))
        #expect(!queue.add(try self.job("B", hours: 0..<1)))
        #expect(queue.add(try self.job("A", hours: 1..<2)), "it joins what waits")
        #expect(queue.count == 1)
    }

    @Test func onlyTheNewestBarsOfALongRangeAreRead() throws {
        let (older, newest) = try self.job("A", hours: 0..<500).split(barsMax: 50)
        let short = try self.job("A", hours: 0..<50).split(barsMax: 50)

        #expect(older == (try self.job("A", hours: 0..<450).range))
        #expect(newest == (try self.job("A", hours: 450..<500).range))
        #expect(try short.older == nil && short.newest == self.job("A", hours: 0..<50).range)
    }
}
