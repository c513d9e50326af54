import Tapedeck
import TapedeckServer

/// What this process has bought.
struct PurchaseTally: Equatable, Sendable {
    let purchases: Int
    let records: Int
    let bytes: Int
    let costUSD: Double

    /// What the cache has counted so far.
    init(_ cache: MarketDataCache) {
        let statistics = cache.statistics()
        self.purchases = statistics.purchases
        self.records = statistics.recordsBought
        self.bytes = statistics.bytesBought
        self.costUSD = statistics.costUSD
    }

    /// `bought 1380 records (77280 bytes) in 2 purchases for $0.02`.
    var text: String {
        let count = NumberText.count(self.purchases, "purchase")
        return
            "bought \(self.records) records (\(self.bytes) bytes) in \(count) for \(NumberText.dollars(self.costUSD))"
    }

    /// Writes `{"purchases","records","bytes","usd"}`.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("purchases")
        json.value(self.purchases)
        json.key("records")
        json.value(self.records)
        json.key("bytes")
        json.value(self.bytes)
        json.key("usd")
        json.value(self.costUSD)
        json.endObject()
    }
}
