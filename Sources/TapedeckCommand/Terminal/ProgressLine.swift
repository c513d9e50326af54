import Locking

/// Shows progress on standard error: a line that is drawn over on a terminal, else plain lines now and then.
struct ProgressLine: Sendable {
    /// The least time between two plain lines.
    private static let plainInterval: Duration = .seconds(10)

    private struct State {
        var shownAt: Duration?
        var isDrawn = false
    }

    private let canRedraw: Bool
    private let state = Locked(State())

    init(canRedraw: Bool) {
        self.canRedraw = canRedraw
    }

    /// Shows the progress; off a terminal not each time, but the last time for sure.
    func show(_ label: String, _ progress: WorkProgress, elapsed: Duration, detail: String? = nil) {
        let line = ProgressText.line(label, progress, elapsed: elapsed, detail: detail)
        if self.canRedraw {
            // Carriage return, and erase to the end of the line.
            StandardOutput.errorText("\r\u{1B}[K\(line)")
            self.state.withLock { $0.isDrawn = true }
            return
        }
        let isDue = self.state.withLock { state in
            if let last = state.shownAt, elapsed - last < Self.plainInterval, progress.done < progress.total {
                return false
            }
            state.shownAt = elapsed
            return true
        }
        if isDue { StandardOutput.error(line) }
    }

    /// Ends the line that was drawn, so that what follows stands below it.
    func end() {
        let wasDrawn = self.state.withLock { state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }
        if wasDrawn { StandardOutput.error("") }
    }
}
