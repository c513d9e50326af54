/// How far a long piece of work has come, and when it will be done.
struct WorkProgress: Equatable, Sendable {
    /// The work as a whole, in units of which each takes about as long as any other.
    let total: Int
    /// What is done.
    private(set) var done = 0
    /// The records that this brought.
    private(set) var records = 0

    /// Creates the progress of work that has not begun.
    init(total: Int) {
        self.total = total
    }

    /// Notes that so much more is done.
    mutating func advance(by units: Int, records: Int) {
        self.done = min(self.total, self.done + max(0, units))
        self.records += records
    }

    /// The part that is done, 0 to 1.
    var share: Double { self.total == 0 ? 1 : Double(self.done) / Double(self.total) }

    /// Records a second so far; nil before any time has passed.
    func recordsPerSecond(after elapsed: Duration) -> Double? {
        elapsed > .zero ? Double(self.records) / (elapsed / .seconds(1)) : nil
    }

    /// How long the rest takes if it goes on like this; nil while nothing is done.
    func remaining(after elapsed: Duration) -> Duration? {
        guard self.done > 0 else { return nil }
        return elapsed * (Double(self.total - self.done) / Double(self.done))
    }
}
