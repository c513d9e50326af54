package import MarketStore

extension JSONWriter {
    /// What was asked, by whom, what it brought and what it cost.
    package mutating func write(_ purchase: Purchase) {
        let request = purchase.request
        self.beginObject()
        self.key("id")
        self.value(purchase.id.rawValue)
        self.key("started_at")
        self.value(purchase.startedAt)
        self.key("finished_at")
        self.value(purchase.finishedAt)
        self.key("state")
        self.value(purchase.state.rawValue)
        self.key("provider")
        self.value(request.provider.description)
        self.key("symbol")
        self.value(request.symbol)
        self.key("timeframe")
        self.value(request.timeframe?.rawValue)
        self.key("kind")
        self.value(request.kind.rawValue)
        self.key("start")
        self.value(request.range?.start)
        self.key("end")
        self.value(request.range?.end)
        self.key("records")
        self.value(purchase.figures.recordCount)
        self.key("bytes")
        self.value(purchase.figures.byteCount)
        self.key("usd")
        self.value(purchase.figures.costUSD)
        self.key("requests")
        self.value(purchase.figures.requestCount)
        self.key("seconds")
        self.value(seconds: purchase.figures.duration)
        self.key("client")
        self.value(request.client)
        self.key("request_id")
        self.value(request.requestID)
        self.key("error")
        self.value(purchase.error)
        self.endObject()
    }

    /// What was bought from a provider on a day.
    package mutating func write(_ total: LedgerTotal) {
        self.beginObject()
        self.key("day")
        self.value(total.day.description)
        self.key("provider")
        self.value(total.provider.description)
        self.key("purchases")
        self.value(total.purchaseCount)
        self.key("failed")
        self.value(total.failedCount)
        self.key("unfinished")
        self.value(total.unfinishedCount)
        self.key("records")
        self.value(total.recordCount)
        self.key("bytes")
        self.value(total.byteCount)
        self.key("requests")
        self.value(total.requestCount)
        self.key("usd")
        self.value(total.costUSD)
        self.key("unknown_cost")
        self.value(total.unknownCostCount)
        self.endObject()
    }

    /// A page of purchases, with what to ask for the next as `next`, or null behind the last.
    package mutating func write(_ purchases: [Purchase], next: LedgerPosition?) {
        self.beginObject()
        self.key("purchases")
        self.beginArray()
        for purchase in purchases { self.write(purchase) }
        self.endArray()
        self.key("next")
        self.value(next?.description)
        self.endObject()
    }

    /// Totals of days and providers.
    package mutating func write(_ totals: [LedgerTotal]) {
        self.beginObject()
        self.key("totals")
        self.beginArray()
        for total in totals { self.write(total) }
        self.endArray()
        self.endObject()
    }
}
