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
                for purchase in purchases { json.write(purchase) }
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
                for total in totals { json.write(total) }
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
}
