import TapedeckServer

/// Prints what a backfill would buy, and what it did.
struct BackfillPrinter: Sendable {
    let isJSON: Bool

    /// Prints what there is to buy, for people; JSON tells it at the end.
    func print(_ parts: [BackfillResult.Part], price: PurchasePrice) {
        guard !self.isJSON else { return }
        var table = TextTable([
            ("symbol", .left), ("bought as", .left), ("provider", .left), ("pieces", .right), ("start", .left),
            ("end", .left),
        ])
        for part in parts {
            let plan = part.plan
            table.add([
                plan.series.symbol, plan.series.timeframe.rawValue, plan.series.provider.description,
                String(plan.pieces.count), NumberText.text(plan.pieces.first?.start),
                NumberText.text(plan.pieces.last?.end),
            ])
        }
        StandardOutput.write(table.text.utf8)
        let isNothing = parts.allSatisfy(\.plan.pieces.isEmpty)
        StandardOutput.print(isNothing ? "Nothing is missing: nothing to buy." : "To buy: \(price.text)")
    }

    /// Prints the end.
    func print(_ result: BackfillResult) {
        if self.isJSON {
            StandardOutput.json { Self.write(result, to: &$0) }
            return
        }
        switch result.end {
        case .priced: return
        case .declined: StandardOutput.print("Nothing was bought.")
        case .complete where result.parts.allSatisfy(\.plan.pieces.isEmpty): return
        case .complete: StandardOutput.print("Done: \(result.tally.text) in \(NumberText.seconds(result.elapsed))")
        case .interrupted:
            StandardOutput.print("Stopped: \(result.tally.text). The same command goes on from here.")
        case .failed(let reason):
            StandardOutput.print("Failed: \(result.tally.text). The same command goes on from here.")
            StandardOutput.error("tapedeck: \(reason)")
        }
    }

    private static func write(_ result: BackfillResult, to json: inout JSONWriter) {
        json.beginObject()
        json.key("state")
        json.value(result.end.name)
        json.key("error")
        if case .failed(let reason) = result.end { json.value(reason) } else { json.null() }
        json.key("price")
        result.price.write(to: &json)
        json.key("bought")
        result.tally.write(to: &json)
        json.key("seconds")
        json.value(seconds: result.elapsed)
        json.key("series")
        json.beginArray()
        for part in result.parts { Self.write(part, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ part: BackfillResult.Part, to json: inout JSONWriter) {
        json.beginObject()
        json.key("symbol")
        json.value(part.plan.series.symbol)
        json.key("timeframe")
        json.value(part.plan.series.timeframe.rawValue)
        json.key("provider")
        json.value(part.plan.series.provider.description)
        json.key("start")
        json.value(part.plan.range.start)
        json.key("end")
        json.value(part.plan.range.end)
        json.key("pieces")
        json.value(part.plan.pieces.count)
        json.key("pieces_done")
        json.value(part.piecesDone)
        json.key("inserted")
        json.value(part.inserted)
        json.endObject()
    }
}
