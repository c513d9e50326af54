internal import MarketData
internal import Providers

/// How far the pieces of one purchase have come.
///
/// Pieces follow each other without a gap and are widened to whole periods: a provider whose data end within a period
/// ends its last piece there, while the period as a whole becomes known, provisionally.
struct PurchaseProgress {
    /// What was asked for, on the grid.
    let range: TimeRange
    let timeframe: Timeframe
    /// What has come, nil while nothing has.
    private(set) var stored: TimeRange?
    private(set) var recordCount = 0

    init(range: TimeRange, timeframe: Timeframe) {
        self.range = range
        self.timeframe = timeframe
    }

    /// The stretch that becomes known with the next piece, nil when that adds nothing.
    ///
    /// The first piece may begin late, where the provider's data begin. Throws `corruptAnswer` for a later piece that
    /// leaves a gap before it, and for one that brings records of what had come already.
    mutating func advance(to piece: TimeRange, recordCount: Int) throws(ProviderError) -> TimeRange? {
        let end = self.stored?.end ?? max(self.range.start, self.timeframe.floor(piece.start))
        guard piece.start <= end else {
            throw ProviderError(
                .corruptAnswer,
                "a piece begins at \(piece.start), not at \(end), the end of the last one"
            )
        }
        guard let stretch = TimeRange(end, min(self.timeframe.ceiling(piece.end), self.range.end)) else {
            guard recordCount == 0 else {
                throw ProviderError(
                    .corruptAnswer,
                    "a piece brings records of \(piece), which is not asked for any more"
                )
            }
            return nil
        }
        self.recordCount += recordCount
        self.stored = TimeRange(self.stored?.start ?? stretch.start, stretch.end)
        return stretch
    }

    /// Takes back what comes at or behind `end`: it could not be stored.
    mutating func retract(to end: Timestamp) {
        self.stored = self.stored.flatMap { TimeRange($0.start, end) }
    }
}
