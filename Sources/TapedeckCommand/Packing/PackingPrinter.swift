import MarketData
import MarketStore
import SQLDatabase
import Tapedeck
import TapedeckServer

/// Prints what packing or unpacking did.
struct PackingPrinter: Sendable {
    let isJSON: Bool
    let direction: SeriesPacking.Direction
    let dialect: SQLDialect

    /// `8.2 bytes a bar`; nil without any.
    static func detail(of tally: PackingTally) -> String? {
        tally.bytesPerBar.map { "\(NumberText.text(($0 * 10).rounded() / 10)) bytes a bar" }
    }

    /// Prints the end.
    func print(_ result: PackingResult) {
        for symbol in result.absentSymbols { StandardOutput.error("tapedeck: \(symbol): no bars are stored") }
        for failure in result.failures { StandardOutput.error("tapedeck: \(failure.series): \(failure.reason)") }
        if case .failed(let reason) = result.end { StandardOutput.error("tapedeck: \(reason)") }
        if self.isJSON {
            StandardOutput.json { Self.write(result, to: &$0) }
            return
        }
        for damage in result.tally.damages {
            StandardOutput.print(
                "given up, to be bought again: the packed block \(damage.block.stretch) of \(damage.series): "
                    + damage.block.reason
            )
        }
        StandardOutput.print(self.text(result))
        if result.tally.blockCount > 0 { StandardOutput.print(self.spaceAdvice) }
    }

    private func text(_ result: PackingResult) -> String {
        let state =
            switch result.end {
            case .complete: "Done"
            case .interrupted: "Stopped"
            case .failed: "Failed"
            }
        let verb = self.direction == .unpack ? "unpacked" : "packed"
        let tally = result.tally
        let blocks = NumberText.count(tally.blockCount, "block")
        let detail = Self.detail(of: tally).map { ", \($0)" } ?? ""
        let series = "\(result.seriesDone) of \(result.series.count) series"
        let rest = result.end == .complete ? "" : ". The same command passes over what is done and goes on"
        return "\(state): \(verb) \(NumberText.count(tally.barCount, "bar")) in \(blocks)\(detail); "
            + "\(series) in \(NumberText.seconds(result.elapsed))\(rest)."
    }

    /// How the space that was freed comes back to the system.
    private var spaceAdvice: String {
        switch self.dialect {
        case .postgres:
            "Freed space is used again for new \(self.direction == .unpack ? "blocks" : "rows"). To give it back to the "
                + "system run VACUUM FULL \(self.direction == .unpack ? "bars_packed" : "bars_cache"), which locks the table meanwhile."
        case .sqlite:
            "Freed space is used again. To give it back to the system stop the workers and run VACUUM on the "
                + "file, which needs as much room again meanwhile."
        }
    }

    private static func write(_ result: PackingResult, to json: inout JSONWriter) {
        json.beginObject()
        json.key("state")
        json.value(result.end.name)
        json.key("error")
        if case .failed(let reason) = result.end { json.value(reason) } else { json.null() }
        json.key("series")
        json.value(result.series.count)
        json.key("series_done")
        json.value(result.seriesDone)
        json.key("blocks")
        json.value(result.tally.blockCount)
        json.key("bars")
        json.value(result.tally.barCount)
        json.key("bytes")
        json.value(result.tally.byteCount)
        json.key("seconds")
        json.value(seconds: result.elapsed)
        json.key("damaged")
        json.beginArray()
        for damage in result.tally.damages { self.write(damage, to: &json) }
        json.endArray()
        json.key("absent")
        json.beginArray()
        for symbol in result.absentSymbols { json.value(symbol) }
        json.endArray()
        json.key("failures")
        json.beginArray()
        for failure in result.failures { self.write(failure, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ failure: PackingResult.Failure, to json: inout JSONWriter) {
        json.beginObject()
        self.write(failure.series, to: &json)
        json.key("reason")
        json.value(failure.reason)
        json.endObject()
    }

    private static func write(_ series: Series, to json: inout JSONWriter) {
        json.key("symbol")
        json.value(series.symbol)
        json.key("timeframe")
        json.value(series.timeframe.rawValue)
        json.key("provider")
        json.value(series.provider.description)
    }

    private static func write(_ damage: PackingTally.Damage, to json: inout JSONWriter) {
        json.beginObject()
        self.write(damage.series, to: &json)
        json.key("start")
        json.value(damage.block.stretch.start)
        json.key("end")
        json.value(damage.block.stretch.end)
        json.key("reason")
        json.value(damage.block.reason)
        json.endObject()
    }
}
