/// How many callers waited for a connection, and how long together.
struct WaitTally {
    private var count = 0
    private var time: Duration = .zero

    /// Notes a wait that has ended.
    mutating func add(_ duration: Duration) {
        self.count += 1
        self.time += max(.zero, duration)
    }

    /// Adds the figures to `statistics`.
    func write(into statistics: inout DatabaseStatistics) {
        statistics.waits += self.count
        statistics.waitTime += self.time
    }
}
