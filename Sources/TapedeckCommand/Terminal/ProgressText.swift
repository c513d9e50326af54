/// Progress as a line that fits a terminal of 80 columns.
enum ProgressText {
    /// Cells of the bar.
    private static let barWidth = 20

    /// `ES.c.0 1m [#####...............]  25 %  12000 bars  950/s  2m 10s left`.
    static func line(_ label: String, _ progress: WorkProgress, elapsed: Duration, detail: String? = nil) -> String {
        let filled = Int(progress.share * Double(self.barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: self.barWidth - filled)
        let percent = String(Int(progress.share * 100))
        let padded = String(repeating: " ", count: 3 - percent.count) + percent
        var parts = ["\(label.prefix(20)) [\(bar)] \(padded) %", "\(progress.records) bars"]
        if let rate = progress.recordsPerSecond(after: elapsed) { parts.append("\(Int(rate))/s") }
        if let detail { parts.append(detail) }
        if progress.done < progress.total, let rest = progress.remaining(after: elapsed) {
            parts.append("\(self.time(rest)) left")
        }
        return parts.joined(separator: "  ")
    }

    /// A length of time in its two largest units: `45s`, `2m 10s`, `3h 05m`, `2d 04h`.
    static func time(_ duration: Duration) -> String {
        let seconds = max(0, Int((duration / .seconds(1)).rounded(.up)))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m \(two(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3_600)h \(two(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d \(two(seconds / 3_600 % 24))h"
        }
    }
}
