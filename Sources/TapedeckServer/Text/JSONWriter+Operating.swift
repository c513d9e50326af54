import MarketData
package import Tapedeck

extension JSONWriter {
    /// What was read, with the number of bars in place of the bars, and the tier that they came from.
    package mutating func writeSummary(of answer: BarsAnswer) {
        self.beginObject()
        self.writeHead(
            answer.series,
            range: answer.range,
            isComplete: answer.isComplete,
            missing: answer.missing,
            isStale: answer.isStale
        )
        self.key("bars")
        self.value(answer.bars.count)
        self.key("tier")
        self.value(answer.tier.rawValue)
        self.endObject()
    }

    /// What buying anew changed: counts, and the bars whose values changed as they are now.
    package mutating func write(_ answer: RefreshAnswer) {
        self.beginObject()
        self.writeHead(
            answer.series,
            range: answer.range,
            isComplete: answer.missing.isEmpty,
            missing: answer.missing,
            isStale: nil
        )
        self.key("inserted")
        self.value(answer.inserted)
        self.key("unchanged")
        self.value(answer.unchanged)
        self.key("removed")
        self.value(answer.removed)
        self.key("revised")
        self.beginArray()
        for bar in answer.revised { self.value(bar) }
        self.endArray()
        self.endObject()
    }
}
