/// What a worker has heard of the fleet, and what it did about it, since its start.
public struct FleetFigures: Hashable, Sendable {
    /// Whether notices of the others are heard now.
    public var isListening = false
    /// Other workers heard of lately.
    public var peers = 0
    /// Whether there are none, as far as can be known: only then is anything bought while the database is away.
    public var isAlone = false
    /// Leases that the worker holds.
    public var leases = 0
    /// Fetches that wait for what others are buying.
    public var waiting = 0
    /// Pieces of purchases that were refused because their lease was gone: as a rule another worker had taken it over.
    public var refusals = 0
    /// Messages sent to the others.
    public var sent = 0
    /// Attempts to send that failed.
    public var sendFailures = 0
    /// Messages of others heard.
    public var heard = 0
    /// Times that a message before one that was heard had been missed.
    public var missed = 0
    /// Notices that are no messages of the fleet.
    public var unreadable = 0
    /// Times that the connection for notices was lost.
    public var losses = 0
    /// Comparisons of what memory holds with the database.
    public var compares = 0
    /// Series that were found changed by them.
    public var reloads = 0
    /// Ranges that others stored and that were brought into memory.
    public var warmed = 0
    /// The bars in them.
    public var barsWarmed = 0
    /// Ranges that were not brought in because too many waited.
    public var unwarmed = 0
    /// Looks at the database that failed.
    public var failures = 0

    /// Creates figures of nothing.
    public init() {}
}
