import MarketStore
import TapedeckServer

/// Prints purchases and their totals.
struct LedgerPrinter: Sendable {
    let isJSON: Bool

    /// One line, or JSON object, for each purchase.
    func print(_ purchases: [Purchase]) {
        if self.isJSON {
            StandardOutput.json { json in
                json.beginArray()
                for purchase in purchases { Self.write(purchase, to: &json) }
                json.endArray()
            }
            return
        }
        var table = TextTable([
            ("time", .left), ("state", .left), ("provider", .left), ("what", .left), ("range", .left),
            ("records", .right), ("bytes", .right), ("cost", .right), ("took", .right), ("client", .left),
        ])
        for purchase in purchases {
            let request = purchase.request
            let timeframe = request.timeframe.map { " \($0)" } ?? ""
            table.add([
                purchase.startedAt.description, purchase.state.rawValue, request.provider.description,
                "\(request.symbol)\(timeframe) \(request.kind.rawValue)", request.range?.description ?? "-",
                String(purchase.figures.recordCount), String(purchase.figures.byteCount),
                NumberText.dollars(purchase.figures.costUSD), NumberText.seconds(purchase.figures.duration),
                request.client,
            ])
        }
        StandardOutput.write(table.text.utf8)
    }

    /// One line, or JSON object, for each day and provider.
    func print(_ totals: [LedgerTotal]) {
        if self.isJSON {
            StandardOutput.json { json in
                json.beginArray()
                for total in totals { Self.write(total, to: &json) }
                json.endArray()
            }
            return
        }
        var table = TextTable([
            ("day", .left), ("provider", .left), ("purchases", .right), ("failed", .right), ("unfinished", .right),
            ("records", .right), ("bytes", .right), ("cost", .right), ("unknown cost", .right),
        ])
        for total in totals {
            table.add([
                total.day.description, total.provider.description, String(total.purchaseCount),
                String(total.failedCount), String(total.unfinishedCount), String(total.recordCount),
                String(total.byteCount), NumberText.dollars(total.costUSD), String(total.unknownCostCount),
            ])
        }
        StandardOutput.write(table.text.utf8)
    }

    private static func write(_ purchase: Purchase, to json: inout JSONWriter) {
        let request = purchase.request
        json.beginObject()
        json.key("id")
        json.value(purchase.id.rawValue)
        json.key("started_at")
        json.value(purchase.startedAt)
        json.key("finished_at")
        json.value(purchase.finishedAt)
        json.key("state")
        json.value(purchase.state.rawValue)
        json.key("provider")
        json.value(request.provider.description)
        json.key("symbol")
        json.value(request.symbol)
        json.key("timeframe")
        json.value(request.timeframe?.rawValue)
        json.key("kind")
        json.value(request.kind.rawValue)
        json.key("start")
        json.value(request.range?.start)
        json.key("end")
        json.value(request.range?.end)
        json.key("records")
        json.value(purchase.figures.recordCount)
        json.key("bytes")
        json.value(purchase.figures.byteCount)
        json.key("usd")
        json.value(purchase.figures.costUSD)
        json.key("requests")
        json.value(purchase.figures.requestCount)
        json.key("seconds")
        json.value(seconds: purchase.figures.duration)
        json.key("client")
        json.value(request.client)
        json.key("request_id")
        json.value(request.requestID)
        json.key("error")
        json.value(purchase.error)
        json.endObject()
    }

    private static func write(_ total: LedgerTotal, to json: inout JSONWriter) {
        json.beginObject()
        json.key("day")
        json.value(total.day.description)
        json.key("provider")
        json.value(total.provider.description)
        json.key("purchases")
        json.value(total.purchaseCount)
        json.key("failed")
        json.value(total.failedCount)
        json.key("unfinished")
        json.value(total.unfinishedCount)
        json.key("records")
        json.value(total.recordCount)
        json.key("bytes")
        json.value(total.byteCount)
        json.key("requests")
        json.value(total.requestCount)
        json.key("usd")
        json.value(total.costUSD)
        json.key("unknown_cost")
        json.value(total.unknownCostCount)
        json.endObject()
    }
}
