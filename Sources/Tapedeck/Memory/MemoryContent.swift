internal import MarketData

/// What the database holds of one range of a series, on its way into memory.
struct MemoryContent: Sendable {
    /// As of which commit the database holds it; nil for what is only foreseen.
    var version: SeriesVersion?
    /// The range, on the grid.
    ///
    /// Nothing outside it is touched.
    let range: TimeRange
    /// The bars of `range`, oldest first.
    let bars: [Bar]
    /// What is known of the series; only the part in `range` is used.
    let coverage: Coverage
    /// The database's clock when the content was read.
    let databaseNow: Timestamp
    /// This process's elapsed clock just before the content was read.
    let tick: Int64
}
