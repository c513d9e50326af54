import TapedeckServer

/// Prints what a verification found.
struct VerificationPrinter: Sendable {
    let isJSON: Bool
    /// Gaps of a series printed at most, the longest of each reason.
    let gapsMax: Int

    /// Prints all of it.
    func print(_ verification: Verification) {
        if self.isJSON {
            StandardOutput.json { self.write(verification, to: &$0) }
            return
        }
        for report in verification.reports { self.print(report) }
        for symbol in verification.absentSymbols { StandardOutput.print("\(symbol): nothing is stored") }
        for error in verification.errors { StandardOutput.print("error: \(error)") }
        let count = verification.reports.count
        let gaps = verification.reports.count(where: \.hasGaps)
        let errors = verification.errors.count + verification.reports.reduce(0) { $0 + $1.errors.count }
        StandardOutput.print("\(count) series: \(gaps) with gaps, \(errors) errors")
    }

    private func print(_ report: SeriesReport) {
        let bars = report.barCount.map { "\($0) bars, " } ?? ""
        let range = report.range.map { "\($0)" } ?? "nothing known"
        StandardOutput.print("\(report.series): \(bars)\(range)")
        for error in report.errors { StandardOutput.print("  error: \(error)") }
        for reason in SeriesGap.Reason.allCases where reason != .empty {
            let gaps = report.gaps.filter { $0.reason == reason }
            for gap in self.longest(gaps) {
                StandardOutput.print("  \(reason.text): \(gap.range)" + (gap.detail.map { " (\($0))" } ?? ""))
            }
            if gaps.count > self.gapsMax { StandardOutput.print("  \(reason.text): \(gaps.count - self.gapsMax) more") }
        }
        guard report.empty.count > 0 else { return }
        let longest = report.empty.longest.first.map { ", the longest \($0)" } ?? ""
        StandardOutput.print(
            "  empty: \(report.empty.count) periods in \(report.empty.stretchCount) stretches\(longest)"
        )
    }

    /// The longest gaps, in the order of time.
    private func longest(_ gaps: [SeriesGap]) -> [SeriesGap] {
        gaps.sorted { $0.range.nanoseconds > $1.range.nanoseconds }.prefix(self.gapsMax)
            .sorted { $0.range.start < $1.range.start }
    }

    private func write(_ verification: Verification, to json: inout JSONWriter) {
        json.beginObject()
        json.key("series")
        json.beginArray()
        for report in verification.reports { self.write(report, to: &json) }
        json.endArray()
        json.key("absent")
        json.beginArray()
        for symbol in verification.absentSymbols { json.value(symbol) }
        json.endArray()
        json.key("errors")
        json.beginArray()
        for error in verification.errors { json.value(error) }
        json.endArray()
        json.key("exit_code")
        json.value(Int(verification.exitCode))
        json.endObject()
    }

    private func write(_ report: SeriesReport, to json: inout JSONWriter) {
        json.beginObject()
        json.key("symbol")
        json.value(report.series.symbol)
        json.key("timeframe")
        json.value(report.series.timeframe.rawValue)
        json.key("provider")
        json.value(report.series.provider.description)
        json.key("kind")
        json.value(report.series.kind.rawValue)
        json.key("start")
        json.value(report.range?.start)
        json.key("end")
        json.value(report.range?.end)
        json.key("bars")
        json.value(report.barCount)
        json.key("gaps")
        json.beginArray()
        for gap in report.gaps { Self.write(gap, to: &json) }
        json.endArray()
        json.key("empty_periods")
        json.value(report.empty.count)
        json.key("empty")
        json.beginArray()
        for range in report.empty.longest {
            Self.write(SeriesGap(range: range, reason: .empty, detail: nil), to: &json)
        }
        json.endArray()
        json.key("errors")
        json.beginArray()
        for error in report.errors { json.value(error) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ gap: SeriesGap, to json: inout JSONWriter) {
        json.beginObject()
        json.key("start")
        json.value(gap.range.start)
        json.key("end")
        json.value(gap.range.end)
        json.key("reason")
        json.value(gap.reason.rawValue)
        json.key("detail")
        json.value(gap.detail)
        json.endObject()
    }
}
