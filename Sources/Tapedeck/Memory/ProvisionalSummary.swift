internal import MarketData

/// What the provisional stretches of a read have in common.
struct ProvisionalSummary {
    /// When the oldest was fetched, or `HeldStretch.neverExpires`.
    private(set) var oldestTick = HeldStretch.neverExpires
    /// Where the first begins; the end of time without one.
    private(set) var first = Timestamp(nanoseconds: .max)

    mutating func add(_ stretch: HeldStretch) {
        guard !stretch.isFinal else { return }
        self.oldestTick = min(self.oldestTick, stretch.fetchedTick)
        self.first = min(self.first, stretch.range.start)
    }
}
