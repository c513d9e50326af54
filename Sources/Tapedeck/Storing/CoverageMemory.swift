internal import MarketData

/// What the database was last known to hold, for the time in which it cannot be asked: pure state.
///
/// In the sense of a single buyer: what others have stored since the last contact is not known here.
struct CoverageMemory {
    private let seriesMax: Int
    private var coverages: [Series: Coverage] = [:]
    private var order = LinkedQueue<Series>()
    /// One moment by the database's and by the process's clock.
    private var moment: (databaseNow: Timestamp, tick: Int64)?
    /// The wall clock's time at which the database last began to answer a call.
    private(set) var lastContact: Timestamp

    /// At most `seriesMax` series are remembered; the one used longest ago is forgotten first.
    init(seriesMax: Int, lastContact: Timestamp) {
        self.seriesMax = max(1, seriesMax)
        self.lastContact = lastContact
    }

    /// How many series are remembered.
    var count: Int { self.coverages.count }

    /// What the database held of the series; nil when that is not known.
    func coverage(of series: Series) -> Coverage? { self.coverages[series] }

    /// The database's clock at `tick`; `wallClock` stands for it while it was never read.
    func databaseNow(tick: Int64, wallClock: Timestamp) -> Timestamp {
        guard let moment = self.moment else { return wallClock }
        return moment.databaseNow.advancedSaturating(byNanoseconds: tick.subtractingSaturating(moment.tick))
    }

    /// Notes that a call which began at `begun` was answered.
    mutating func noteContact(begun: Timestamp) {
        self.lastContact = max(self.lastContact, begun)
    }

    /// Notes what the database said of a series.
    mutating func note(_ series: Series, _ coverage: Coverage, databaseNow: Timestamp, tick: Int64) {
        self.moment = (databaseNow, tick)
        self.coverages[series] = coverage
        self.order.remove(series)
        self.order.append(series)
        if self.order.count > self.seriesMax, let oldest = self.order.popOldest() { self.coverages[oldest] = nil }
    }

    /// Forgets the series of which something was removed.
    mutating func forget(where isRemoved: (Series) -> Bool) {
        for series in self.coverages.keys.filter(isRemoved) {
            self.coverages[series] = nil
            self.order.remove(series)
        }
    }
}
