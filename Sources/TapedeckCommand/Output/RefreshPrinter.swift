import MarketData
import MarketStore
import Tapedeck
import TapedeckServer

/// Prints what buying a range anew changed.
struct RefreshPrinter: Sendable {
    let isJSON: Bool

    /// Prints each change and the totals.
    func print(_ answer: RefreshAnswer, price: PurchasePrice, tally: PurchaseTally) {
        if self.isJSON {
            StandardOutput.json { Self.write(answer, price, tally, to: &$0) }
            return
        }
        StandardOutput.print("\(answer.series) \(answer.range)")
        for change in answer.changes { StandardOutput.print(Self.text(change)) }
        StandardOutput.print(
            "\(NumberText.count(answer.changes.count, "change")); \(answer.unchanged) bars as before, \(answer.inserted) new, "
                + "\(answer.revised.count) revised, \(answer.removed) taken back; \(tally.text)"
        )
        for missing in answer.missing { StandardOutput.error("tapedeck: missing \(missing.text)") }
    }

    /// One change in one line: the time, what happened, and the values that differ, old -> new.
    static func text(_ change: RecordChange<Bar>) -> String {
        switch (change.before, change.after) {
        case (let before?, let after?):
            let pairs = Self.fields.filter { before[keyPath: $0.path] != after[keyPath: $0.path] }.map {
                "\($0.name) \(NumberText.text(before[keyPath: $0.path])) -> \(NumberText.text(after[keyPath: $0.path]))"
            }
            let kind = before.isFinal ? "corrected" : "went on"
            return "\(change.timestamp)  \(kind)  \(pairs.joined(separator: ", "))"
                + "  revision \(before.revision) -> \(after.revision)"
        case (nil, let after?):
            return "\(change.timestamp)  came  \(Self.values(after))  revision \(after.revision)"
        case (let before?, nil):
            return "\(change.timestamp)  taken back  \(Self.values(before))  revision \(before.revision)"
        case (nil, nil):
            return "\(change.timestamp)  came and went"
        }
    }

    private static var fields: [(name: String, path: KeyPath<Bar, Double>)] {
        [("open", \.open), ("high", \.high), ("low", \.low), ("close", \.close), ("volume", \.volume)]
    }

    private static func values(_ bar: Bar) -> String {
        Self.fields.map { "\($0.name) \(NumberText.text(bar[keyPath: $0.path]))" }.joined(separator: ", ")
    }

    private static func write(
        _ answer: RefreshAnswer,
        _ price: PurchasePrice,
        _ tally: PurchaseTally,
        to json: inout JSONWriter
    ) {
        json.beginObject()
        json.key("symbol")
        json.value(answer.series.symbol)
        json.key("timeframe")
        json.value(answer.series.timeframe.rawValue)
        json.key("provider")
        json.value(answer.series.provider.description)
        json.key("start")
        json.value(answer.range.start)
        json.key("end")
        json.value(answer.range.end)
        json.key("inserted")
        json.value(answer.inserted)
        json.key("revised")
        json.value(answer.revised.count)
        json.key("unchanged")
        json.value(answer.unchanged)
        json.key("removed")
        json.value(answer.removed)
        json.key("changes")
        json.beginArray()
        for change in answer.changes {
            json.beginObject()
            json.key("t")
            json.value(change.timestamp)
            json.key("before")
            if let before = change.before { json.value(before) } else { json.null() }
            json.key("after")
            if let after = change.after { json.value(after) } else { json.null() }
            json.endObject()
        }
        json.endArray()
        json.key("missing")
        json.beginArray()
        for missing in answer.missing { json.value(missing.text) }
        json.endArray()
        json.key("price")
        price.write(to: &json)
        json.key("bought")
        tally.write(to: &json)
        json.endObject()
    }
}
