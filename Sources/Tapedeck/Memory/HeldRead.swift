internal import MarketData

/// What memory answers when it may be older than fresh.
struct HeldRead: Equatable {
    /// What is held, from the start of what was asked; `horizon` is where it ends at the latest, however old.
    let read: MemoryRead
    /// The part that it fills.
    let range: TimeRange
    /// What of `range` has not expired.
    let fresh: RangeSet
}
