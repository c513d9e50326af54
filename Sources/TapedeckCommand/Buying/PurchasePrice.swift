import Providers
import TapedeckServer

/// What several purchases would bring and cost together, as far as the provider can say.
struct PurchasePrice: Equatable, Sendable {
    /// Records, of the purchases of which this is known.
    private(set) var recordCount = 0
    /// Billed bytes, of the purchases of which this is known.
    private(set) var byteCount = 0
    /// US dollars, of the purchases of which this is known.
    private(set) var costUSD = 0.0
    /// Whether all of it is known of every purchase.
    private(set) var isWhole = true

    /// Adds a purchase; nil is one of which nothing is known.
    mutating func add(_ estimate: FetchEstimate?) {
        guard let records = estimate?.recordCount, let bytes = estimate?.byteCount, let cost = estimate?.costUSD else {
            self.isWhole = false
            return
        }
        self.recordCount += records
        self.byteCount += bytes
        self.costUSD += cost
    }

    /// `1380 records (77280 bytes) for $0.02`, with a warning where a part is not known.
    var text: String {
        let known = "\(self.recordCount) records (\(self.byteCount) bytes) for \(NumberText.dollars(self.costUSD))"
        if self.isWhole { return known }
        return self.recordCount == 0
            ? "records for a price that is not known" : "at least \(known), the rest is not known"
    }

    /// Writes `{"records","bytes","usd","whole"}`.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("records")
        json.value(self.recordCount)
        json.key("bytes")
        json.value(self.byteCount)
        json.key("usd")
        json.value(self.costUSD)
        json.key("whole")
        json.value(self.isWhole)
        json.endObject()
    }
}
