import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct NoticeConnectionStateMachineTests {
    private static let limits = NoticeConnectionStateMachine.Limits(
        heartbeatInterval: .seconds(2),
        heartbeatTimeout: .seconds(5),
        reconnectBackoff: .milliseconds(50) ... .seconds(5)
    )
    private static let epoch = DatabaseEpoch(systemIdentifier: 1, timeline: 2, serverStartMicroseconds: 3)

    /// A machine whose channel is open since 0 s.
    private static func opened() throws -> NoticeConnectionStateMachine {
        var machine = NoticeConnectionStateMachine(limits: Self.limits)
        _ = try machine.tick(now: .zero)
        _ = machine.connected(now: .zero)
        _ = try machine.identified(Self.epoch, isDirect: true, now: .zero)
        _ = machine.heardItself(now: .zero)
        return machine
    }

    @Test func channelOpensOnceItHasHeardItself() throws {
        var machine = NoticeConnectionStateMachine(limits: Self.limits)

        let connecting = try machine.tick(now: .zero)
        let whileConnecting = machine.nextStep
        let identifying = machine.connected(now: .seconds(1))
        let early = machine.heardItself(now: .seconds(1))
        let listening = try machine.identified(Self.epoch, isDirect: true, now: .seconds(2))
        let isOpenBefore = machine.isOpen
        let open = machine.heardItself(now: .seconds(3))

        #expect(
            [connecting, identifying, early, listening, open] == [.connect, .identify, nil, .listen, .open(Self.epoch)]
        )
        #expect(whileConnecting == nil)
        #expect(!isOpenBefore && machine.isOpen)
        #expect(machine.nextStep == .seconds(5))
    }

    @Test func poolerIsRefusedBeforeItListens() throws {
        var machine = NoticeConnectionStateMachine(limits: Self.limits)
        _ = try machine.tick(now: .zero)
        _ = machine.connected(now: .zero)

        let error = #expect(throws: SQLError.self) {
            try machine.identified(Self.epoch, isDirect: false, now: .zero)
        }

        #expect(error?.code == .noticesUnheard)
        #expect(error?.message.contains("is this a pooler in transaction mode?") == true)
    }

    @Test func serverThatDoesNotAnswerAndOneThatDoesNotNotifyAreGivenUp() throws {
        var machine = NoticeConnectionStateMachine(limits: Self.limits)
        _ = try machine.tick(now: .zero)
        _ = machine.connected(now: .seconds(10))
        let early = try machine.tick(now: .seconds(14.999))
        let silent = #expect(throws: SQLError.self) { try machine.tick(now: .seconds(15)) }
        _ = try machine.identified(Self.epoch, isDirect: true, now: .seconds(15))
        let deaf = #expect(throws: SQLError.self) { try machine.tick(now: .seconds(20)) }

        #expect(early == nil)
        #expect(silent?.code == .unavailable)
        #expect(deaf?.code == .noticesUnheard)
    }

    @Test func heartBeatsAtItsIntervalWhateverElseIsHeard() throws {
        var machine = try Self.opened()

        let early = try machine.tick(now: .seconds(1.9))
        _ = machine.heardItself(now: .seconds(1.9))
        let first = try machine.tick(now: .seconds(2))
        let again = try machine.tick(now: .seconds(2))
        let second = try machine.tick(now: .seconds(4))

        #expect([early, first, again, second] == [nil, .beat, nil, .beat])
    }

    @Test func connectionThatHearsNothingOfItselfIsDead() throws {
        var machine = try Self.opened()
        _ = try machine.tick(now: .seconds(2))
        _ = machine.heardItself(now: .seconds(2.5))
        _ = try machine.tick(now: .seconds(4))
        _ = try machine.tick(now: .seconds(6))
        let next = machine.nextStep

        let error = #expect(throws: SQLError.self) { try machine.tick(now: .seconds(7.5)) }

        #expect(next == .seconds(7.5))
        #expect(error?.code == .connectionLost)
    }

    @Test func attemptsToConnectGetRarerUntilAConnectionHasLasted() throws {
        var machine = NoticeConnectionStateMachine(limits: Self.limits)
        var now = Duration.zero
        var waits: [Duration] = []
        func lose(_ machine: inout NoticeConnectionStateMachine) {
            machine.lost(now: now, jitter: 1)
            waits.append((machine.nextStep ?? now) - now)
            now = machine.nextStep ?? now
        }
        for _ in 1...9 {
            #expect(try machine.tick(now: now) == .connect)
            lose(&machine)
        }
        for lifetime in [Duration.seconds(4.9), .seconds(5)] {
            _ = try machine.tick(now: now)
            _ = machine.connected(now: now)
            _ = try machine.identified(Self.epoch, isDirect: true, now: now)
            _ = machine.heardItself(now: now)
            now += lifetime
            lose(&machine)
        }

        let expected = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 50]
        #expect(waits == expected.map { .milliseconds($0) })
    }

    @Test func noCourseOfEventsLeavesTheMachineWithoutANextStepOrAHeartbeat() throws {
        var random = SeededRandom()
        for _ in 1...200 {
            var course = NoticeCourse(limits: Self.limits)
            for _ in 1...100 { course.step(&random) }

            try #require(course.problems.isEmpty, "\(random): \(course.problems)")
        }
    }
}

/// A random course of a listening connection, checked at each step.
private struct NoticeCourse {
    private enum Stage {
        case none, connecting, identifying, listening, open
    }

    private let limits: NoticeConnectionStateMachine.Limits
    private var machine: NoticeConnectionStateMachine
    private var stage = Stage.none
    private var now = Duration.zero
    private var beatAt = Duration.zero
    private var heardAt = Duration.zero
    var problems: [String] = []

    init(limits: NoticeConnectionStateMachine.Limits) {
        self.limits = limits
        self.machine = NoticeConnectionStateMachine(limits: limits)
    }

    mutating func step(_ random: inout SeededRandom) {
        switch (self.stage, Int.random(in: 0..<10, using: &random)) {
        case (.none, 0..<8), (_, 0..<4):
            self.tick(&random)
        case (.connecting, 4..<8):
            self.perform(self.machine.connected(now: self.now))
        case (.identifying, 4..<8):
            self.attempt(&random) { machine, now in
                let epoch = DatabaseEpoch(systemIdentifier: nil, timeline: nil, serverStartMicroseconds: nil)
                return try machine.identified(epoch, isDirect: true, now: now)
            }
        case (.listening, 4..<8), (.open, 4..<8):
            self.heardAt = self.now
            self.perform(self.machine.heardItself(now: self.now))
        case (.none, _):
            break
        default:
            self.lose(&random)
        }
        if (self.machine.nextStep == nil) != (self.stage == .connecting) {
            self.problems.append("nothing follows while \(self.stage)")
        }
        if self.machine.isOpen != (self.stage == .open) { self.problems.append("open while \(self.stage)") }
    }

    /// Lets time pass, up to the next step or beyond.
    private mutating func tick(_ random: inout SeededRandom) {
        let next = self.machine.nextStep ?? self.now
        let target = max(self.now, next) + .milliseconds(Int.random(in: -500...500, using: &random))
        self.now = max(self.now, target)
        let isDue = self.machine.nextStep.map { $0 <= self.now } ?? false
        let isSilent = self.stage == .open && self.now >= self.heardAt + self.limits.heartbeatTimeout
        let hadStage = self.stage
        let action = self.attempt(&random) { machine, now in try machine.tick(now: now) }
        if isDue, action == nil, self.stage == hadStage { self.problems.append("nothing was done though it was due") }
        if !isDue, action != nil { self.problems.append("something was done too early") }
        if isSilent, self.stage == .open { self.problems.append("a dead connection was kept") }
        if self.stage == .open, self.now > self.beatAt + self.limits.heartbeatInterval {
            self.problems.append("the heart does not beat")
        }
    }

    @discardableResult
    private mutating func attempt(
        _ random: inout SeededRandom,
        _ body: (inout NoticeConnectionStateMachine, Duration) throws -> NoticeConnectionStateMachine.Action?
    ) -> NoticeConnectionStateMachine.Action? {
        do {
            let action = try body(&self.machine, self.now)
            self.perform(action)
            return action
        } catch {
            self.lose(&random)
            return nil
        }
    }

    private mutating func lose(_ random: inout SeededRandom) {
        self.machine.lost(now: self.now, jitter: .random(in: 0...1, using: &random))
        self.stage = .none
        let wait = (self.machine.nextStep ?? .zero) - self.now
        if !self.limits.reconnectBackoff.contains(wait) { self.problems.append("waits \(wait)") }
    }

    private mutating func perform(_ action: NoticeConnectionStateMachine.Action?) {
        let (stage, required): (Stage, Stage)
        switch action {
        case .connect: (stage, required) = (.connecting, .none)
        case .identify: (stage, required) = (.identifying, .connecting)
        case .listen: (stage, required) = (.listening, .identifying)
        case .open: (stage, required) = (.open, .listening)
        case .beat: (stage, required) = (.open, .open)
        case nil: return
        }
        if self.stage != required { self.problems.append("\(stage) follows \(self.stage)") }
        self.stage = stage
        if stage == .open { self.beatAt = self.now }
    }
}
