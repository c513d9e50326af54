public import MarketData

/// Whether the database is in use, as this process sees it.
public struct DatabaseState: Hashable, Sendable {
    /// What the database does.
    public enum Condition: String, Hashable, Sendable {
        /// It answers and takes writes, and nothing waits to be written.
        case up
        /// It answers, but something waits to be written: a full disk, a read-only file, or writing up after an outage.
        case readOnly
        /// It does not answer, or too slowly.
        case down
    }

    /// What it does.
    public var condition: Condition
    /// Since when, by the wall clock.
    public var since: Timestamp

    /// Creates a state.
    public init(condition: Condition = .up, since: Timestamp = Timestamp(nanoseconds: 0)) {
        self.condition = condition
        self.since = since
    }
}
