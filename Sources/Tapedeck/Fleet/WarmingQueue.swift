internal import MarketData

/// Which ranges are to be brought into memory, series by series, and which of them are read together.
///
/// Pure state. What comes for a series that waits joins what waits. One batch is read at a time: what comes meanwhile waits
/// for the next.
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
    /// Series in a batch at most.
    let batchMax: Int
    /// Bars that a batch may have; a single series with more is a batch of its own, of its newest bars.
    let barsMax: Int
    private var waiting: [Series: Job] = [:]
    private var order = LinkedQueue<Series>()
    private var isReading = false

    init(jobsMax: Int, batchMax: Int, barsMax: Int) {
        self.jobsMax = max(1, jobsMax)
        self.batchMax = max(1, batchMax)
        self.barsMax = max(1, barsMax)
    }

    /// Series that wait.
    var count: Int { self.waiting.count }

    /// Whether nothing waits and nothing is read.
    var isIdle: Bool { self.waiting.isEmpty && !self.isReading }

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

    /// Takes out the batch to be read now, what has waited longest first; empty when nothing waits, or the last batch has
    /// not ended.
    mutating func next() -> [Job] {
        guard !self.isReading else { return [] }
        var batch: [Job] = []
        var barsLeft = self.barsMax
        while batch.count < self.batchMax, let series = self.order.oldest, let job = self.waiting[series] {
            let bars = min(job.barsAtMost, self.barsMax)
            guard batch.isEmpty || bars <= barsLeft else { break }
            barsLeft -= bars
            self.order.remove(series)
            self.waiting[series] = nil
            batch.append(job)
        }
        self.isReading = !batch.isEmpty
        return batch
    }

    /// Notes that the batch has ended.
    mutating func end() {
        self.isReading = false
    }
}

extension WarmingQueue.Job {
    /// Bars that its range can have.
    fileprivate var barsAtMost: Int { Int(self.range.nanoseconds / self.series.timeframe.nanoseconds) + 1 }

    /// The part with the newest `barsMax` bars, which is to be read, and the part before it, which is not.
    func split(barsMax: Int) -> (older: TimeRange?, newest: TimeRange) {
        let length = Int64(barsMax).multipliedSaturating(by: self.series.timeframe.nanoseconds)
        let start = max(self.range.start, self.range.end.advancedSaturating(byNanoseconds: -length))
        return (TimeRange(self.range.start, start), TimeRange(start, self.range.end) ?? self.range)
    }
}
