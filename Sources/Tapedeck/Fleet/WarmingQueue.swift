internal import MarketData

/// Which ranges are to be brought into memory, series by series.
///
/// Pure state. What comes for a series that waits joins what waits; of a series that is being read the next waits until
/// that has ended.
struct WarmingQueue {
    /// A range of a series that others have changed.
    struct Job: Hashable, Sendable {
        let series: Series
        var range: TimeRange
        /// The commits that changed it, empty for a range that is only to be held again.
        var commits: [ClosedRange<Int64>]
        /// What was heard last of the provider's end.
        var horizon: SharedHorizon?
    }

    /// Series that wait at most.
    let jobsMax: Int
    /// Series that are read at once at most.
    let runningMax: Int
    private var waiting: [Series: Job] = [:]
    private var order = LinkedQueue<Series>()
    private var running: Set<Series> = []

    init(jobsMax: Int, runningMax: Int) {
        self.jobsMax = max(1, jobsMax)
        self.runningMax = max(1, runningMax)
    }

    /// Series that wait.
    var count: Int { self.waiting.count }

    /// Whether nothing waits and nothing is read.
    var isIdle: Bool { self.waiting.isEmpty && self.running.isEmpty }

    /// Adds a job; false without room for it.
    mutating func add(_ job: Job) -> Bool {
        if var waiting = self.waiting[job.series] {
            let joined = TimeRange(min(waiting.range.start, job.range.start), max(waiting.range.end, job.range.end))
            waiting.range = joined ?? waiting.range
            waiting.commits += job.commits
            waiting.horizon = job.horizon ?? waiting.horizon
            self.waiting[job.series] = waiting
            return true
        }
        guard self.waiting.count < self.jobsMax else { return false }
        self.waiting[job.series] = job
        self.order.append(job.series)
        return true
    }

    /// Takes out the job to be begun now, the one that has waited longest; nil when there is none.
    mutating func next() -> Job? {
        guard self.running.count < self.runningMax else { return nil }
        var candidate = self.order.oldest
        while let series = candidate, self.running.contains(series) { candidate = self.order.key(after: series) }
        guard let series = candidate, let job = self.waiting.removeValue(forKey: series) else { return nil }
        self.order.remove(series)
        self.running.insert(series)
        return job
    }

    /// Notes that the job of a series has ended.
    mutating func end(_ series: Series) {
        self.running.remove(series)
    }
}
