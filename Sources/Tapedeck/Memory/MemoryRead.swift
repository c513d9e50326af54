internal import MarketData

/// What memory answers.
struct MemoryRead: Equatable {
    /// The bars, oldest first.
    var bars: [Bar]
    /// The part of the asked range that they fill completely, nil when the provider has no part of it.
    var range: TimeRange?
    /// The fetch time of the oldest provisional part, or `HeldStretch.neverExpires`.
    var oldestTick: Int64
    /// Where the first provisional part begins; what lies before it is final.
    var firstProvisional: Timestamp
    /// What the provider had when it was last asked, if that is still to be believed.
    var horizon: Horizon?
    /// Whether it is read so often that it is to be bought again before it expires; true once in a lifetime.
    var isDueAhead = false
}
