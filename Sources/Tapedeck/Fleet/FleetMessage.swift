internal import MarketData

/// What a worker tells the others in one notice.
///
/// Messages are hints: one that is lost, doubled or late costs a look at the database, never a wrong answer.
struct FleetMessage: Hashable, Sendable {
    /// Who sends it.
    let sender: WorkerID
    /// The sender's messages are numbered from 1 on, so that a receiver sees that one is missing; a heartbeat has the number
    /// of the last message before it.
    let number: Int64
    /// What it tells; nothing in a heartbeat.
    let entries: [Entry]

    /// Whether it tells only that its sender is there.
    var isHeartbeat: Bool { self.entries.isEmpty }

    enum Entry: Hashable, Sendable {
        /// Commits to a series.
        case stored(StoredNotice)
        /// The newest prices of a symbol were stored.
        case latest(LatestKey)
        /// Whoever waits for another worker's fetch is to look again: it has ended, maybe without storing anything.
        case released(FlightKey)
        /// More has changed than is told: what is held is to be compared with the database.
        case everything
        /// The sender stops.
        case leaving
    }
}
