internal import MarketData

/// Whether the database can be used: pure state, told of what calls met.
///
/// Only the recovery, which has written everything that was pending, makes it usable again; so while it is `up` nothing
/// is pending, and what it answers is all that there is. While it is `catchingUp` only what follows something pending
/// comes to be pending: the subjects of what is pending become fewer, however much is bought.
struct DatabaseHealth {
    enum State: Int, Comparable {
        case up
        /// It takes writes again, but not everything that was pending is written.
        case catchingUp
        /// It answers reads, but writing failed: a full disk, a read-only file, a lock that does not go away.
        case unwritable
        /// It does not answer, or too slowly.
        case unreachable

        static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }
    }

    private(set) var state = State.up
    /// Since when it is so, by the wall clock.
    private(set) var since: Timestamp
    /// How often it stopped being up.
    private(set) var outageCount = 0

    init(since: Timestamp) {
        self.since = since
    }

    var isUp: Bool { self.state == .up }

    /// Whether it takes what is not about something pending.
    var takesWrites: Bool { self.state <= .catchingUp }

    var isReachable: Bool { self.state != .unreachable }

    /// Notes that a call failed, and answers whether that makes the state worse.
    mutating func noteOutage(_ worse: State, at now: Timestamp) -> Bool {
        guard worse > self.state else { return false }
        if self.isUp { self.outageCount += 1 }
        self.state = worse
        self.since = now
        return true
    }

    /// Notes that something pending was written: the database takes writes, but is not up before all of it is written.
    mutating func noteWritten(at now: Timestamp) {
        guard !self.takesWrites else { return }
        self.state = .catchingUp
        self.since = now
    }

    /// Notes that nothing is pending any more and that the database takes writes.
    mutating func noteRecovery(at now: Timestamp) {
        guard !self.isUp else { return }
        self.state = .up
        self.since = now
    }
}
