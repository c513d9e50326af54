/// Decides when something that is read often is to be bought again before it expires.
///
/// Pure state; ticks are nanoseconds of the process's elapsed clock. Only a read that comes late in a lifetime asks for it,
/// and at most once in each, so nothing is bought that nobody reads.
struct ReadHeat: Equatable {
    private var fetchedTick = HeldStretch.neverExpires
    private var reads = 0
    private var lateReads = 0
    private var hasAsked = false

    /// Notes a read of what was fetched at `fetchedTick`, and answers whether it is to be bought again now.
    ///
    /// `nextPeriodTick` is when a new period begins, nil when that is not known: where that is about to happen, buying
    /// ahead of it would be for nothing, because the new period's purchase takes along what was forming.
    mutating func note(
        fetchedTick: Int64,
        tick: Int64,
        lifetime: Int64,
        nextPeriodTick: Int64?,
        freshness: FreshnessPolicy
    ) -> Bool {
        if fetchedTick != self.fetchedTick { self = ReadHeat(fetchedTick: fetchedTick) }
        let age = tick.subtractingSaturating(fetchedTick)
        self.reads += 1
        if age >= lifetime - lifetime / 3 { self.lateReads += 1 }
        let ahead = freshness.aheadNanoseconds(lifetime: lifetime)
        guard age >= ahead, age < lifetime, !self.hasAsked, self.reads >= freshness.refreshAheadReadsMin,
            self.lateReads >= 2
        else { return false }
        if let nextPeriodTick {
            let expiry = fetchedTick.addingSaturating(lifetime)
            guard nextPeriodTick.subtractingSaturating(expiry) >= lifetime - ahead else { return false }
        }
        self.hasAsked = true
        return true
    }
}

extension ReadHeat {
    private init(fetchedTick: Int64) {
        self.init()
        self.fetchedTick = fetchedTick
    }
}
