public import MarketData

/// What the database holds of one series.
public struct SeriesSummary: Hashable, Sendable {
    /// The series.
    public let series: Series
    /// Its version.
    public let version: Int64
    /// What is known of it.
    public let coverage: Coverage
    /// Its stored records, when they were asked for.
    public let records: Records?

    /// The stored records of a series.
    public struct Records: Hashable, Sendable {
        /// How many there are.
        public let count: Int
        /// The time of the first.
        public let first: Timestamp?
        /// The time of the last.
        public let last: Timestamp?

        /// Creates the figures.
        public init(count: Int, first: Timestamp?, last: Timestamp?) {
            self.count = count
            self.first = first
            self.last = last
        }

        /// These and others of the same series.
        func joined(_ other: Records?) -> Records {
            guard let other else { return self }
            return Records(
                count: self.count + other.count,
                first: [self.first, other.first].compactMap { $0 }.min(),
                last: [self.last, other.last].compactMap { $0 }.max()
            )
        }
    }

    /// Creates a summary.
    public init(series: Series, version: Int64, coverage: Coverage, records: Records?) {
        self.series = series
        self.version = version
        self.coverage = coverage
        self.records = records
    }
}
