public import MarketData

/// How buying a range anew changed one record of what was known before.
public struct RecordChange<Record: Hashable & Sendable>: Hashable, Sendable {
    /// The record's time.
    public let timestamp: Timestamp
    /// The record as it was, nil where there was known to be none.
    public let before: Record?
    /// The record as it is now, nil where it was taken back.
    public let after: Record?

    /// Creates a change.
    public init(timestamp: Timestamp, before: Record?, after: Record?) {
        self.timestamp = timestamp
        self.before = before
        self.after = after
    }
}
