import MarketData
import Tapedeck

/// Which pages of memory answers were made of, in their order.
struct PageTrace: Sendable {
    /// The periods of a page, each of which counts as one bar.
    private static let periods: Int64 = 64

    private(set) var lines: [String] = []
    private var numbers: [Series: Int] = [:]

    /// Adds the pages of an answer, each with who it was for and whether its newest bars are still forming.
    mutating func add(_ answer: BarsAnswer, of kind: String) {
        let number = self.numbers[answer.series, default: self.numbers.count]
        self.numbers[answer.series] = number
        let length = answer.series.timeframe.nanoseconds * Self.periods
        let first = answer.range.start.nanoseconds / length
        let last = (answer.range.end.nanoseconds - 1) / length
        let isForming = answer.bars.last.map { !$0.isFinal } ?? false
        for index in first...last {
            // A page's number must be its own in all series.
            let page = Int64(number) << 40 | index
            self.lines.append("\(page) \(Self.periods) \(kind) \(index == last && isForming ? 1 : 0)")
        }
    }
}
