internal import MarketData

/// Decides what may be bought of a range while the database cannot be read.
///
/// Only what cannot be there already: what the coverage remembered from the last contact does not hold, and, for a series
/// whose coverage is not remembered, what is newer than the last contact.
struct OutagePlan {
    /// What may be bought.
    let bought: RangeSet
    /// What is stored, or may be, but cannot be read now.
    let withheld: RangeSet

    /// - Parameters:
    ///   - remembered: What the database held at the last contact and what is pending, nil when that is not known.
    ///   - atHand: What memory and the pending writes hold.
    ///   - fresh: What of a coverage has not expired.
    init(
        _ range: TimeRange,
        timeframe: Timeframe,
        remembered: Coverage?,
        atHand: Coverage,
        lastContact: Timestamp,
        fresh: (Coverage) -> RangeSet
    ) {
        let held = fresh(atHand)
        guard let remembered else {
            let missing = PurchasePlan.missing(in: range, fresh: held, coverage: atHand)
            let newer = TimeRange(max(range.start, timeframe.ceiling(lastContact)), range.end).map { RangeSet($0) }
            self.bought = newer.map { missing.intersection($0) } ?? RangeSet()
            self.withheld = held.gaps(in: range).subtracting(self.bought)
            return
        }
        self.bought = PurchasePlan.missing(in: range, fresh: fresh(remembered), coverage: remembered)
        self.withheld = held.gaps(in: range).subtracting(self.bought)
    }
}
