internal import MarketData

/// Commits to one series, told together.
struct StoredNotice: Hashable, Sendable {
    /// The number of the series' row.
    let seriesID: Int64
    /// The versions that the commits made.
    var versions: ClosedRange<Int64>
    /// Everything that they changed lies in it.
    var range: TimeRange
    /// Whether receivers are to bring the range into memory; of a backfill's old parts they only forget what they hold.
    var isWarm: Bool
    /// What the sender knows of the provider's end.
    var horizon: SharedHorizon?

    /// The notice of both; nil where they are about different series.
    func joined(with other: StoredNotice) -> StoredNotice? {
        guard self.seriesID == other.seriesID,
            // Versions between them that others made are not to be claimed.
            self.versions.upperBound < Int64.max, other.versions.upperBound < Int64.max,
            self.versions.lowerBound <= other.versions.upperBound + 1,
            other.versions.lowerBound <= self.versions.upperBound + 1,
            let range = TimeRange(
                min(self.range.start, other.range.start),
                max(self.range.end, other.range.end)
            )
        else { return nil }
        let isNewer = other.versions.upperBound >= self.versions.upperBound
        return StoredNotice(
            seriesID: self.seriesID,
            versions: min(
                self.versions.lowerBound,
                other.versions.lowerBound
            )...max(
                self.versions.upperBound,
                other.versions.upperBound
            ),
            range: range,
            isWarm: self.isWarm || other.isWarm,
            horizon: (isNewer ? other.horizon : self.horizon) ?? self.horizon ?? other.horizon
        )
    }
}
