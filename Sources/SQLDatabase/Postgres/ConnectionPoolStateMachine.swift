/// Decides which caller gets which connection, when connections are opened, and when callers are refused.
///
/// It is pure state: no connections, clocks or locks. `PostgresPool` carries out the actions. Connections are opened on
/// demand, up to a limit. Callers wait in the order in which they came; idle connections are used again last in, first
/// out, so that a pool larger than needed goes quiet at its far end.
///
/// After a failed attempt to connect, nobody connects for a while that doubles with each failure, and only one attempt at
/// a time follows until one succeeds. In that while, callers that no open connection could serve fail at once with what
/// the last attempt said: a cache can go on without its database, but not if it waits for it.
struct ConnectionPoolStateMachine {
    typealias Instant = ContinuousClock.Instant
    typealias ConnectionID = Int
    typealias WaiterID = Int

    /// What the machine may not exceed.
    struct Limits {
        let connectionsMax: Int
        let waitersMax: Int
        let reconnectBackoff: ClosedRange<Duration>
    }

    /// What the owner has to do.
    enum Action {
        /// Lend the connection to the waiter.
        case lend(ConnectionID, WaiterID)
        /// Throw the error to the waiter.
        case refuse(WaiterID, SQLError)
        /// Open a connection, and report `connected` or `connectFailed`.
        case connect(ConnectionID)
        /// Close the connection, and report `closed`.
        case close(ConnectionID)
        /// Call `retry` at that instant, for those who still wait.
        case retry(at: Instant)
        /// Tell those who wait for the end: nothing is open any more.
        case finishClosing
    }

    private struct Backoff {
        var failureCount = 0
        var retryAt: Instant
        var error: SQLError
    }

    let limits: Limits
    private var idle: [ConnectionID] = []
    private var lent: Set<ConnectionID> = []
    private var connecting: Set<ConnectionID> = []
    private var closing: Set<ConnectionID> = []
    private var waiters = WaitingLine()
    private var backoff: Backoff?
    private var isClosed = false
    private var connectionCount = 0
    private var lossCount = 0
    private var refusalCount = 0
    private var reconnectionCount = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// The figures for operators.
    var statistics: DatabaseStatistics {
        DatabaseStatistics(
            connections: self.idle.count + self.lent.count,
            connectionsInUse: self.lent.count,
            waiters: self.waiters.count,
            refusals: self.refusalCount,
            reconnections: self.reconnectionCount
        )
    }

    /// Whether nothing is open or being opened any more, for good.
    private var isFinished: Bool { self.isClosed && self.openCount == 0 }

    /// The connections that the server has, or may have.
    private var openCount: Int { self.idle.count + self.lent.count + self.connecting.count + self.closing.count }

    /// A caller wants a connection that is free now; nil when there is none.
    mutating func acquireIdle() -> ConnectionID? {
        guard !self.isClosed, let connection = self.idle.popLast() else { return nil }
        self.lent.insert(connection)
        return connection
    }

    /// A caller wants a connection.
    mutating func acquire(_ waiter: WaiterID, now: Instant) -> [Action] {
        if self.isClosed { return [.refuse(waiter, SQLError.databaseClosed)] }
        if let connection = self.acquireIdle() { return [.lend(connection, waiter)] }
        if let backoff = self.backoff, now < backoff.retryAt, self.lent.isEmpty, self.connecting.isEmpty {
            return [.refuse(waiter, backoff.error)]
        }
        // Those for whom a connection can be opened do not count against the limit.
        let servedSoon = self.connecting.count + self.openableCount(now: now)
        guard self.waiters.count < self.limits.waitersMax + servedSoon else {
            self.refusalCount += 1
            return [.refuse(waiter, Self.exhausted("\(self.limits.waitersMax) callers wait for a connection already"))]
        }
        self.waiters.append(waiter)
        return self.connectForWaiters(now: now)
    }

    /// A waiter gives up: false when it was served or refused before.
    mutating func leave(_ waiter: WaiterID) -> Bool {
        self.waiters.remove(waiter)
    }

    /// A waiter has waited as long as it may.
    mutating func expire(_ waiter: WaiterID) -> [Action] {
        guard self.waiters.remove(waiter) else { return [] }
        guard !self.lent.isEmpty else {
            return [.refuse(waiter, SQLError(.unavailable, "no connection to Postgres could be opened in time"))]
        }
        self.refusalCount += 1
        let reason = "no connection became free in time; \(self.lent.count) are in use"
        return [.refuse(waiter, Self.exhausted(reason))]
    }

    /// An attempt to connect succeeded.
    mutating func connected(_ connection: ConnectionID, now: Instant) -> [Action] {
        precondition(self.connecting.remove(connection) != nil, "A connection reports once.")
        if self.isClosed { return [self.beginClosing(connection)] }
        self.backoff = nil
        if self.lossCount > 0 {
            self.lossCount -= 1
            self.reconnectionCount += 1
        }
        return [self.lendOrKeep(connection)].compactMap(\.self) + self.connectForWaiters(now: now)
    }

    /// An attempt to connect failed.
    ///
    /// `jitter`, from 0 to 1, spreads the attempts of many processes.
    mutating func connectFailed(
        _ connection: ConnectionID,
        _ error: SQLError,
        jitter: Double,
        now: Instant
    ) -> [Action] {
        precondition(self.connecting.remove(connection) != nil, "A connection reports once.")
        if self.isClosed { return self.finishIfClosed() }
        let failureCount = (self.backoff?.failureCount ?? 0) + 1
        let wait = self.limits.reconnectBackoff.wait(failureCount: failureCount, jitter: jitter)
        let retryAt = now.advanced(by: wait)
        self.backoff = Backoff(failureCount: failureCount, retryAt: retryAt, error: error)
        return self.refuseIfHopeless(now: now) + (self.waiters.count > 0 ? [.retry(at: retryAt)] : [])
    }

    /// The wait after a failed attempt is over.
    mutating func retry(now: Instant) -> [Action] {
        self.isClosed ? [] : self.connectForWaiters(now: now)
    }

    /// A borrower gives a connection back; one that is not reusable is closed.
    mutating func release(_ connection: ConnectionID, isReusable: Bool, now: Instant) -> [Action] {
        precondition(self.lent.remove(connection) != nil, "A connection is given back once.")
        if self.isClosed { return [self.beginClosing(connection)] }
        if isReusable { return [self.lendOrKeep(connection)].compactMap(\.self) }
        self.lossCount += 1
        return [self.beginClosing(connection)]
    }

    /// A connection is closed: its place is free.
    mutating func closed(_ connection: ConnectionID, now: Instant) -> [Action] {
        precondition(self.closing.remove(connection) != nil, "A connection is closed once.")
        if self.isClosed { return self.finishIfClosed() }
        return self.connectForWaiters(now: now) + self.refuseIfHopeless(now: now)
    }

    /// Refuses all who wait, closes what is idle, and lets what is lent come back.
    mutating func close() -> [Action] {
        guard !self.isClosed else { return self.finishIfClosed() }
        self.isClosed = true
        let refusals = self.waiters.removeAll().map { waiter in
            Action.refuse(waiter, SQLError.databaseClosed)
        }
        let closings = self.idle.map { self.beginClosing($0) }
        self.idle.removeAll()
        return refusals + closings + self.finishIfClosed()
    }

    private mutating func beginClosing(_ connection: ConnectionID) -> Action {
        self.closing.insert(connection)
        return .close(connection)
    }

    private func finishIfClosed() -> [Action] {
        self.isFinished ? [.finishClosing] : []
    }

    private mutating func lendOrKeep(_ connection: ConnectionID) -> Action? {
        guard let waiter = self.waiters.popFirst() else {
            self.idle.append(connection)
            return nil
        }
        self.lent.insert(connection)
        return .lend(connection, waiter)
    }

    /// Opens as many connections as waiters lack and limits allow.
    private mutating func connectForWaiters(now: Instant) -> [Action] {
        let count = min(self.waiters.count - self.connecting.count, self.openableCount(now: now))
        return (0..<max(0, count)).map { _ in
            self.connectionCount += 1
            self.connecting.insert(self.connectionCount)
            return .connect(self.connectionCount)
        }
    }

    /// How many attempts to connect may begin now; after a failure one at a time, and none before the wait is over.
    private func openableCount(now: Instant) -> Int {
        let free = self.limits.connectionsMax - self.openCount
        guard let backoff = self.backoff else { return free }
        return now >= backoff.retryAt && self.connecting.isEmpty ? min(1, free) : 0
    }

    /// Refuses all who wait when neither an open connection nor an attempt could serve them.
    private mutating func refuseIfHopeless(now: Instant) -> [Action] {
        guard let backoff = self.backoff, self.lent.isEmpty, self.connecting.isEmpty, self.closing.isEmpty else {
            return []
        }
        return self.waiters.removeAll().map { .refuse($0, backoff.error) }
    }

    private static func exhausted(_ reason: String) -> SQLError {
        SQLError(.poolExhausted, reason)
    }
}
