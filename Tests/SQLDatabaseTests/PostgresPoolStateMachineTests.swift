import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct PostgresPoolStateMachineTests {
    private let start = ContinuousClock.now

    private static func makeMachine(
        connectionsMax: Int = 2,
        waitersMax: Int = 10
    ) -> ConnectionPoolStateMachine {
        ConnectionPoolStateMachine(
            limits: ConnectionPoolStateMachine.Limits(
                connectionsMax: connectionsMax,
                waitersMax: waitersMax,
                reconnectBackoff: .milliseconds(50) ... .seconds(5)
            )
        )
    }

    private static let refused = SQLError(.unavailable, "connection refused")

    @Test func connectionIsOpenedForTheFirstCallerAndKeptForTheNext() {
        var machine = Self.makeMachine()

        #expect(machine.acquire(1, now: self.start).map(\.label) == ["connect 1"])
        #expect(machine.connected(1, now: self.start).map(\.label) == ["lend 1 to 1"])
        #expect(machine.release(1, isReusable: true, now: self.start).map(\.label) == [])
        #expect(machine.acquireIdle() == 1)
        #expect(machine.statistics.connectionsInUse == 1)
    }

    @Test func connectionThatWasUsedLastIsLentFirst() {
        var machine = Self.makeMachine()
        _ = machine.acquire(1, now: self.start)
        _ = machine.acquire(2, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.connected(2, now: self.start)
        _ = machine.release(1, isReusable: true, now: self.start)
        _ = machine.release(2, isReusable: true, now: self.start)

        #expect(machine.acquireIdle() == 2)
        #expect(machine.acquireIdle() == 1)
        #expect(machine.acquireIdle() == nil)
    }

    @Test func waitersAreServedInTheOrderInWhichTheyCame() {
        var machine = Self.makeMachine(connectionsMax: 1)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        for waiter in 2...4 { #expect(machine.acquire(waiter, now: self.start).isEmpty) }
        let hasLeft = machine.leave(2)

        #expect(machine.release(1, isReusable: true, now: self.start).map(\.label) == ["lend 1 to 3"])
        #expect(machine.release(1, isReusable: true, now: self.start).map(\.label) == ["lend 1 to 4"])
        let leavesAgain = machine.leave(2)
        #expect(hasLeft)
        #expect(!leavesAgain)
    }

    @Test func callerBeyondTheWaitingLimitIsRefused() {
        var machine = Self.makeMachine(connectionsMax: 1, waitersMax: 1)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.acquire(2, now: self.start)

        #expect(machine.acquire(3, now: self.start).map(\.label) == ["refuse 3: poolExhausted"])
        #expect(machine.statistics.refusals == 1)
    }

    @Test func waiterThatWaitedTooLongIsRefused() {
        var machine = Self.makeMachine(connectionsMax: 1)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.acquire(2, now: self.start)

        #expect(machine.expire(2).map(\.label) == ["refuse 2: poolExhausted"])
        #expect(machine.expire(2).isEmpty)
        #expect(machine.statistics.refusals == 1)
        #expect(machine.release(1, isReusable: true, now: self.start).isEmpty)
    }

    @Test func waiterForAServerThatDoesNotAnswerIsToldSo() {
        var machine = Self.makeMachine()
        _ = machine.acquire(1, now: self.start)

        #expect(machine.expire(1).map(\.label) == ["refuse 1: unavailable"])
        #expect(machine.statistics.refusals == 0)
    }

    @Test func failedAttemptFailsThoseWhoWaitAndThoseWhoComeTooSoon() {
        var machine = Self.makeMachine()
        _ = machine.acquire(1, now: self.start)

        let failed = machine.connectFailed(1, Self.refused, jitter: 1, now: self.start)
        let tooSoon = machine.acquire(2, now: self.start.advanced(by: .milliseconds(49)))
        let later = machine.acquire(3, now: self.start.advanced(by: .milliseconds(50)))

        #expect(failed.map(\.label) == ["refuse 1: unavailable"])
        #expect(tooSoon.map(\.label) == ["refuse 2: unavailable"])
        #expect(later.map(\.label) == ["connect 2"])
    }

    @Test(arguments: [(1, 50), (2, 100), (3, 200), (7, 3_200), (8, 5_000), (100, 5_000)])
    func waitDoublesWithEachFailureUpToTheLimit(failures: Int, millis: Int) {
        var machine = Self.makeMachine()
        var now = self.start
        var connection = 0
        for _ in 1...failures {
            now = now.advanced(by: .seconds(10))
            connection += 1
            _ = machine.acquire(connection, now: now)
            _ = machine.connectFailed(connection, Self.refused, jitter: 1, now: now)
        }

        let tooSoon = machine.acquire(-1, now: now.advanced(by: .milliseconds(millis) - .nanoseconds(1)))
        let later = machine.acquire(-2, now: now.advanced(by: .milliseconds(millis)))

        #expect(tooSoon.map(\.label) == ["refuse -1: unavailable"])
        #expect(later.map(\.label) == ["connect \(connection + 1)"])
    }

    @Test func jitterShortensTheWaitByHalfAtMost() {
        var machine = Self.makeMachine()
        for connection in 1...3 {
            let now = self.start.advanced(by: .seconds(10 * connection))
            _ = machine.acquire(connection, now: now)
            _ = machine.connectFailed(connection, Self.refused, jitter: 0, now: now)
        }
        let failedAt = self.start.advanced(by: .seconds(30))

        let tooSoon = machine.acquire(-1, now: failedAt.advanced(by: .milliseconds(99)))
        let later = machine.acquire(-2, now: failedAt.advanced(by: .milliseconds(100)))

        #expect(tooSoon.map(\.label) == ["refuse -1: unavailable"])
        #expect(later.map(\.label) == ["connect 4"])
    }

    @Test func onlyOneAttemptAtATimeFollowsAFailure() {
        var machine = Self.makeMachine(connectionsMax: 3)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connectFailed(1, Self.refused, jitter: 1, now: self.start)
        let later = self.start.advanced(by: .seconds(1))

        #expect(machine.acquire(2, now: later).map(\.label) == ["connect 2"])
        #expect(machine.acquire(3, now: later).map(\.label) == [])
        #expect(machine.acquire(4, now: later).map(\.label) == [])
        #expect(machine.connected(2, now: later).map(\.label) == ["lend 2 to 2", "connect 3", "connect 4"])
    }

    @Test func waiterBehindAConnectionInUseOutlivesAFailedAttempt() {
        var machine = Self.makeMachine()
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.acquire(2, now: self.start)

        let failed = machine.connectFailed(2, Self.refused, jitter: 1, now: self.start)
        let tooSoon = machine.retry(now: self.start)
        let retried = machine.retry(now: self.start.advanced(by: .milliseconds(50)))

        #expect(failed.map(\.label) == ["retry"])
        #expect(tooSoon.isEmpty)
        #expect(retried.map(\.label) == ["connect 3"])
        #expect(machine.release(1, isReusable: true, now: self.start).map(\.label) == ["lend 1 to 2"])
    }

    @Test func brokenConnectionIsReplacedAfterItIsClosed() {
        var machine = Self.makeMachine(connectionsMax: 1)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.acquire(2, now: self.start)

        #expect(machine.release(1, isReusable: false, now: self.start).map(\.label) == ["close 1"])
        #expect(machine.closed(1, now: self.start).map(\.label) == ["connect 2"])
        #expect(machine.connected(2, now: self.start).map(\.label) == ["lend 2 to 2"])
        #expect(machine.statistics.reconnections == 1)
    }

    @Test func closingRefusesWaitersAndEndsWithTheLastConnection() {
        var machine = Self.makeMachine(connectionsMax: 1)
        _ = machine.acquire(1, now: self.start)
        _ = machine.connected(1, now: self.start)
        _ = machine.acquire(2, now: self.start)

        #expect(machine.close().map(\.label) == ["refuse 2: closed"])
        #expect(machine.acquire(3, now: self.start).map(\.label) == ["refuse 3: closed"])
        #expect(machine.release(1, isReusable: true, now: self.start).map(\.label) == ["close 1"])
        #expect(machine.closed(1, now: self.start).map(\.label) == ["finish"])
        #expect(machine.close().map(\.label) == ["finish"])
    }

    @Test(arguments: 0..<50)
    func randomScheduleNeverExceedsALimitNorLosesACaller(run: Int) {
        var random = SeededRandom()
        var model = PoolModel(
            connectionsMax: .random(in: 1...4, using: &random),
            waitersMax: .random(in: 0...6, using: &random)
        )
        for _ in 0..<2_000 { model.step(&random) }
        model.finish()

        #expect(model.problems.isEmpty, "\(random)")
        #expect(model.lentCount > 100, "\(random)")
    }
}

extension ConnectionPoolStateMachine.Action {
    /// The action in words.
    fileprivate var label: String {
        switch self {
        case .lend(let connection, let waiter): "lend \(connection) to \(waiter)"
        case .refuse(let waiter, let error): "refuse \(waiter): \(error.code)"
        case .connect(let connection): "connect \(connection)"
        case .close(let connection): "close \(connection)"
        case .retry: "retry"
        case .finishClosing: "finish"
        }
    }
}

/// Carries out what the machine decides in a random order, and notes whatever must not happen.
private struct PoolModel {
    private let connectionsMax: Int
    private let waitersMax: Int
    private var machine: ConnectionPoolStateMachine
    private var now = ContinuousClock.now
    private var waiters: [Int] = []
    private var connecting: Set<Int> = []
    private var idle: Set<Int> = []
    private var lent: Set<Int> = []
    private var closing: Set<Int> = []
    private var callerCount = 0
    private var isFinished = false
    private(set) var lentCount = 0
    private(set) var problems: [String] = []

    init(connectionsMax: Int, waitersMax: Int) {
        self.connectionsMax = connectionsMax
        self.waitersMax = waitersMax
        self.machine = ConnectionPoolStateMachine(
            limits: ConnectionPoolStateMachine.Limits(
                connectionsMax: connectionsMax,
                waitersMax: waitersMax,
                reconnectBackoff: .milliseconds(10) ... .milliseconds(80)
            )
        )
    }

    mutating func step(_ random: inout SeededRandom) {
        self.now = self.now.advanced(by: .milliseconds(Int.random(in: 0...10, using: &random)))
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3:
            self.callerCount += 1
            if let connection = self.machine.acquireIdle() {
                self.lend(connection)
            } else {
                self.waiters.append(self.callerCount)
                self.perform(self.machine.acquire(self.callerCount, now: self.now))
            }
        case 4:
            guard let waiter = self.waiters.randomElement(using: &random) else { return }
            if !self.machine.leave(waiter) { self.problems.append("waiter \(waiter) could not leave") }
            self.waiters.removeAll { $0 == waiter }
        case 5:
            guard let waiter = self.waiters.randomElement(using: &random) else { return }
            self.perform(self.machine.expire(waiter))
            if self.waiters.contains(waiter) { self.problems.append("waiter \(waiter) was not refused") }
        case 6, 7:
            guard let connection = self.connecting.sorted().randomElement(using: &random) else { return }
            self.connecting.remove(connection)
            if Int.random(in: 0..<3, using: &random) == 0 {
                let jitter = Double.random(in: 0...1, using: &random)
                let error = SQLError(.unavailable, "refused")
                self.perform(self.machine.connectFailed(connection, error, jitter: jitter, now: self.now))
            } else {
                self.idle.insert(connection)
                self.perform(self.machine.connected(connection, now: self.now))
            }
        case 8...10:
            guard let connection = self.lent.sorted().randomElement(using: &random) else { return }
            self.giveBack(connection, isReusable: Int.random(in: 0..<4, using: &random) > 0)
        default:
            guard let connection = self.closing.sorted().randomElement(using: &random) else { return }
            self.closing.remove(connection)
            self.perform(self.machine.closed(connection, now: self.now))
        }
        self.check()
    }

    /// Lets everything come to its end: all waiters are served, then the machine closes.
    mutating func finish() {
        self.now = self.now.advanced(by: .seconds(10))
        self.perform(self.machine.retry(now: self.now))
        while let connection = self.lent.first ?? self.connecting.first ?? self.closing.first {
            if self.lent.contains(connection) {
                self.giveBack(connection, isReusable: true)
            } else if self.connecting.remove(connection) != nil {
                self.idle.insert(connection)
                self.perform(self.machine.connected(connection, now: self.now))
            } else {
                self.closing.remove(connection)
                self.perform(self.machine.closed(connection, now: self.now))
            }
        }
        if !self.waiters.isEmpty { self.problems.append("waiters \(self.waiters) were forgotten") }
        self.perform(self.machine.close())
        while let connection = self.closing.popFirst() { self.perform(self.machine.closed(connection, now: self.now)) }
        if !self.isFinished { self.problems.append("closing did not finish") }
        if !self.idle.isEmpty { self.problems.append("connections \(self.idle) were left open") }
    }

    private mutating func giveBack(_ connection: Int, isReusable: Bool) {
        self.lent.remove(connection)
        if isReusable { self.idle.insert(connection) }
        self.perform(self.machine.release(connection, isReusable: isReusable, now: self.now))
    }

    private mutating func lend(_ connection: Int) {
        if self.idle.remove(connection) == nil { self.problems.append("connection \(connection) was not free") }
        self.lent.insert(connection)
        self.lentCount += 1
    }

    private mutating func perform(_ actions: [ConnectionPoolStateMachine.Action]) {
        for action in actions {
            switch action {
            case .lend(let connection, let waiter):
                if self.waiters.first != waiter { self.problems.append("waiter \(waiter) jumped the line") }
                self.waiters.removeAll { $0 == waiter }
                self.lend(connection)
            case .refuse(let waiter, _):
                if !self.waiters.contains(waiter) { self.problems.append("\(waiter) was refused but did not wait") }
                self.waiters.removeAll { $0 == waiter }
            case .connect(let connection):
                self.connecting.insert(connection)
            case .close(let connection):
                self.idle.remove(connection)
                self.closing.insert(connection)
            case .retry:
                break
            case .finishClosing:
                self.isFinished = true
            }
        }
    }

    private mutating func check() {
        let open = self.idle.count + self.lent.count + self.connecting.count + self.closing.count
        if open > self.connectionsMax { self.problems.append("\(open) connections are open") }
        if self.waiters.count > self.waitersMax + self.connectionsMax {
            self.problems.append("\(self.waiters.count) wait")
        }
        if !self.waiters.isEmpty, !self.idle.isEmpty { self.problems.append("somebody waits beside a free connection") }
        if !self.waiters.isEmpty, self.lent.isEmpty, self.connecting.isEmpty, self.closing.isEmpty {
            self.problems.append("somebody waits for nothing")
        }
        let statistics = self.machine.statistics
        if statistics.waiters != self.waiters.count || statistics.connectionsInUse != self.lent.count
            || statistics.connections != self.idle.count + self.lent.count
        {
            self.problems.append("the statistics are wrong: \(statistics)")
        }
    }
}
