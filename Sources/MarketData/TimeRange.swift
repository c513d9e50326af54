/// A half-open stretch of time `[start, end)`, never empty.
public struct TimeRange: Hashable, Sendable, CustomStringConvertible {
    /// The first instant.
    public let start: Timestamp
    /// The instant after the last one.
    public let end: Timestamp

    /// Creates a range, or throws `emptyRange` when `end` is not after `start`.
    public init(start: Timestamp, end: Timestamp) throws(MarketDataError) {
        guard start < end else {
            throw MarketDataError(.emptyRange, "the end \(end) is not after the start \(start)")
        }
        self.start = start
        self.end = end
    }

    /// Creates a range, or nil when it would be empty.
    public init?(_ start: Timestamp, _ end: Timestamp) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }

    /// The length in nanoseconds, held within Int64.
    public var nanoseconds: Int64 {
        let (difference, overflow) = self.end.nanoseconds.subtractingReportingOverflow(self.start.nanoseconds)
        return overflow ? .max : difference
    }

    /// Whether `timestamp` lies in the range.
    public func contains(_ timestamp: Timestamp) -> Bool {
        self.start <= timestamp && timestamp < self.end
    }

    /// Whether the whole of `other` lies in the range.
    public func contains(_ other: TimeRange) -> Bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share an instant.
    public func overlaps(_ other: TimeRange) -> Bool {
        self.start < other.end && other.start < self.end
    }

    /// What the two share, or nil.
    public func intersection(_ other: TimeRange) -> TimeRange? {
        TimeRange(max(self.start, other.start), min(self.end, other.end))
    }

    /// The smallest range of whole periods that holds this one.
    public func expanded(to timeframe: Timeframe) -> TimeRange {
        TimeRange(timeframe.floor(self.start), timeframe.ceiling(self.end)) ?? self
    }

    /// `2026-01-05T00:00:00Z..<2026-01-06T00:00:00Z`.
    public var description: String { "\(self.start)..<\(self.end)" }
}
