public import MarketData

/// Records of a series as the database holds them, read over one snapshot together with what is known of the series.
public struct SeriesSlice<Record: Hashable & Sendable>: Hashable, Sendable {
    /// The number of the series' row; nil without one, and where the slice is not what the database holds.
    public let seriesID: Int64?
    /// The series' version; 0 for a series of which nothing was ever stored.
    public let version: Int64
    /// What is known of the whole series, also outside the range that was read.
    public let coverage: Coverage
    /// The records, oldest first; some may lie outside the coverage.
    public let records: [Record]
    /// When the provider was last asked for changed days of the series, by the database's clock; nil for never.
    public let changedDaysCheckedAt: Timestamp?
    /// The database's clock at the time of the read.
    public let databaseNow: Timestamp

    /// Creates a slice.
    public init(
        seriesID: Int64? = nil,
        version: Int64,
        coverage: Coverage,
        records: [Record],
        changedDaysCheckedAt: Timestamp?,
        databaseNow: Timestamp
    ) {
        self.seriesID = seriesID
        self.version = version
        self.coverage = coverage
        self.records = records
        self.changedDaysCheckedAt = changedDaysCheckedAt
        self.databaseNow = databaseNow
    }
}
