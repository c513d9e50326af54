import MarketData
import MarketStore

/// What was found in one series.
struct SeriesReport: Sendable {
    /// The series.
    let series: Series
    /// The range looked at: from the first to the last known instant, unless it was asked for; nil without any.
    var range: TimeRange?
    /// Bars stored in the range; nil for quotes, which are not counted.
    var barCount: Int?
    /// What is not known of the range, oldest first.
    var gaps: [SeriesGap] = []
    /// What was asked for and is empty.
    var empty: EmptyPeriods
    /// The ranges to buy so that nothing is missing.
    var purchases: [TimeRange] = []
    /// Packed blocks that cannot be read.
    var damagedBlocks: [DamagedBlocks.Block] = []
    /// What cannot be right, one line each.
    var errors: [String] = []

    /// Whether something is missing that could be bought.
    var hasGaps: Bool { self.gaps.contains(where: \.reason.isMissing) }
}
