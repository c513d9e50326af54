/// Decides when a listening connection is opened, when its heart beats, and when it counts as dead.
///
/// It is pure state: no connection, clock or lock. `NoticeThread` carries out the actions. Ticks are durations since any
/// fixed moment. The order is: connect, ask who the server is, listen, hear a notice to oneself, and only then be open.
/// Where a method throws, the connection is good for nothing: the owner drops it and reports the error as `lost`.
struct NoticeConnectionStateMachine {
    /// What the machine keeps to; see `NoticeChannel.Configuration`.
    struct Limits {
        let heartbeatInterval: Duration
        let heartbeatTimeout: Duration
        let reconnectBackoff: ClosedRange<Duration>
    }

    /// What the owner has to do.
    enum Action: Equatable {
        /// Connect, and report `connected` or `lost`.
        case connect
        /// Ask for the epoch, and report `identified`.
        case identify
        /// Listen, and send a first heartbeat.
        case listen
        /// Send a heartbeat.
        case beat
        /// Tell that the channel is open.
        case open(DatabaseEpoch)
    }

    private enum Phase {
        case waiting(until: Duration)
        case connecting
        case identifying(until: Duration)
        case probing(DatabaseEpoch, until: Duration)
        case open(since: Duration, beatAt: Duration, deadAt: Duration)
    }

    private let limits: Limits
    private var phase = Phase.waiting(until: .zero)
    private var failureCount = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether notices are heard and sent.
    var isOpen: Bool {
        if case .open = self.phase { true } else { false }
    }

    /// When `tick` has something to do although nothing has happened; nil while a connection is being made.
    var nextStep: Duration? {
        switch self.phase {
        case .waiting(let until), .identifying(let until), .probing(_, let until): until
        case .connecting: nil
        case .open(_, let beatAt, let deadAt): min(beatAt, deadAt)
        }
    }

    /// What is due, if anything is.
    ///
    /// Throws `unavailable`, `noticesUnheard` or `connectionLost` when the server has kept silent for too long.
    mutating func tick(now: Duration) throws(SQLError) -> Action? {
        switch self.phase {
        case .waiting(let until) where now >= until:
            self.phase = .connecting
            return .connect
        case .identifying(let until) where now >= until:
            throw SQLError(.unavailable, "the server does not answer after the login")
        case .probing(_, let until) where now >= until:
            throw Self.unheard
        case .open(_, _, let deadAt) where now >= deadAt:
            throw SQLError(
                .connectionLost,
                "the listening connection is dead: no notice to oneself came back for \(self.limits.heartbeatTimeout)"
            )
        case .open(let since, let beatAt, let deadAt) where now >= beatAt:
            self.phase = .open(since: since, beatAt: now + self.limits.heartbeatInterval, deadAt: deadAt)
            return .beat
        case .waiting, .connecting, .identifying, .probing, .open:
            return nil
        }
    }

    /// The connection was made.
    mutating func connected(now: Duration) -> Action {
        self.phase = .identifying(until: now + self.limits.heartbeatTimeout)
        return .identify
    }

    /// The server has told its epoch, and whether the connection leads to it directly.
    ///
    /// Throws `noticesUnheard` when it does not.
    mutating func identified(_ epoch: DatabaseEpoch, isDirect: Bool, now: Duration) throws(SQLError) -> Action {
        // A pooler may pass a first notice on by chance, and must not be left with a server connection that listens.
        guard isDirect else { throw Self.unheard }
        self.phase = .probing(epoch, until: now + self.limits.heartbeatTimeout)
        return .listen
    }

    /// A notice to oneself has come back.
    mutating func heardItself(now: Duration) -> Action? {
        let deadAt = now + self.limits.heartbeatTimeout
        switch self.phase {
        case .probing(let epoch, _):
            self.phase = .open(since: now, beatAt: now + self.limits.heartbeatInterval, deadAt: deadAt)
            return .open(epoch)
        case .open(let since, let beatAt, _):
            self.phase = .open(since: since, beatAt: beatAt, deadAt: deadAt)
            return nil
        case .waiting, .connecting, .identifying:
            return nil
        }
    }

    /// The connection was lost, or could not be made; the next attempt follows after a while.
    ///
    /// `jitter`, from 0 to 1, spreads the attempts of many processes.
    mutating func lost(now: Duration, jitter: Double) {
        if case .open(let since, _, _) = self.phase, now - since >= self.limits.heartbeatTimeout {
            self.failureCount = 0
        }
        self.failureCount += 1
        let wait = self.limits.reconnectBackoff.wait(failureCount: self.failureCount, jitter: jitter)
        self.phase = .waiting(until: now + wait)
    }

    private static var unheard: SQLError {
        SQLError(
            .noticesUnheard,
            "notices do not arrive: is this a pooler in transaction mode? The listening connection needs an address that "
                + "leads to the server itself"
        )
    }
}
