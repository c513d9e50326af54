internal import MarketData

/// What the database was last known to hold, for the time in which it cannot be asked: pure state.
///
/// In the sense of a single buyer: what others have stored since the last contact is not known here.
struct CoverageMemory {
    /// What was said of a series.
    private struct Known {
        let coverage: Coverage
        let version: Int64
        let databaseNow: Timestamp

        /// Answers may arrive in another order than that in which the database gave them.
        func isOlder(than other: Known) -> Bool {
            (self.version, self.databaseNow) < (other.version, other.databaseNow)
        }
    }

    private let seriesMax: Int
    private var known: [Series: Known] = [:]
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
    var count: Int { self.known.count }

    /// What the database held of the series; nil when that is not known.
    func coverage(of series: Series) -> Coverage? { self.known[series]?.coverage }

    /// The database's clock at `tick`; `wallClock` stands for it while it was never read.
    func databaseNow(tick: Int64, wallClock: Timestamp) -> Timestamp {
        guard let moment = self.moment else { return wallClock }
        return moment.databaseNow.advancedSaturating(byNanoseconds: tick.subtractingSaturating(moment.tick))
    }

    /// Notes that a call which began at `begun` was answered.
    mutating func noteContact(begun: Timestamp) {
        self.lastContact = max(self.lastContact, begun)
    }

    /// Notes what the database said of a series as of a version, unless something newer is known.
    ///
    /// `tick` was taken before it was asked.
    mutating func note(_ series: Series, _ coverage: Coverage, version: Int64, databaseNow: Timestamp, tick: Int64) {
        if self.moment.map({ $0.tick <= tick }) ?? true { self.moment = (databaseNow, tick) }
        let said = Known(coverage: coverage, version: version, databaseNow: databaseNow)
        if self.known[series].map({ !said.isOlder(than: $0) }) ?? true { self.known[series] = said }
        self.order.remove(series)
        self.order.append(series)
        if self.order.count > self.seriesMax, let oldest = self.order.popOldest() { self.known[oldest] = nil }
    }

    /// Forgets the series of which something was removed.
    mutating func forget(where isRemoved: (Series) -> Bool) {
        for series in self.known.keys.filter(isRemoved) {
            self.known[series] = nil
            self.order.remove(series)
        }
    }
}
