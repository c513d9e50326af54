import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FlightStateMachineTests {
    private typealias Machine = FlightStateMachine<String, Int>

    private func range(_ start: Int64, _ end: Int64) -> TimeRange {
        TimeRange(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end)) ?? TimeRange(.earliest, .latest)!
    }

    private func begun(_ action: Machine.JoinAction) -> [TimeRange]? {
        if case .wait(let begin, _) = action { return begin.map(\.range) }
        return nil
    }

    @Test func firstReadBeginsAFlightAndTheSecondJoinsIt() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)

        let first = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)
        let second = machine.join(2, key: "ES", range: self.range(3, 5), mode: .fetch)
        let woken = machine.finish(1, outcome: 7)

        #expect(self.begun(first) == [self.range(0, 10)])
        #expect(self.begun(second) == [])
        #expect(woken.map(\.waiter) == [1, 2])
        #expect(woken.map(\.outcomes) == [[7], [7]])
        #expect(machine.flightCount == 0 && machine.waiterCount == 0)
        machine.checkInvariants()
    }

    @Test func overlappingReadBeginsFlightsForTheRestOnly() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(10, 20), mode: .fetch)

        let action = machine.join(2, key: "ES", range: self.range(0, 30), mode: .fetch)

        #expect(self.begun(action) == [self.range(0, 10), self.range(20, 30)])
        #expect(machine.finish(1, outcome: 1).map(\.waiter) == [1])
        #expect(machine.finish(3, outcome: 3).isEmpty)
        #expect(machine.finish(2, outcome: 2).map(\.outcomes) == [[1, 3, 2]])
        machine.checkInvariants()
    }

    @Test func keysDoNotShareFlights() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)

        let action = machine.join(2, key: "NQ", range: self.range(0, 10), mode: .fetch)

        #expect(self.begun(action) == [self.range(0, 10)])
    }

    @Test func waiterThatGivesUpLeavesFlightAndOthersAlone() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)
        _ = machine.join(2, key: "ES", range: self.range(0, 10), mode: .fetch)

        let left = [machine.leave(1), machine.leave(1)]

        #expect(left == [true, false])
        #expect(machine.flightCount == 1)
        #expect(machine.finish(1, outcome: 0).map(\.waiter) == [2])
    }

    @Test func flightGoesOnWhenAllWaitersHaveLeft() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)
        _ = machine.leave(1)

        let action = machine.join(2, key: "ES", range: self.range(0, 10), mode: .fetch)

        #expect(self.begun(action) == [])
        machine.checkInvariants()
    }

    @Test func refreshWaitsForAFetchInItsWayAndThenAsksAgain() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)

        let first = machine.join(2, key: "ES", range: self.range(5, 15), mode: .refresh)
        _ = machine.finish(1, outcome: 0)
        let second = machine.join(2, key: "ES", range: self.range(5, 15), mode: .refresh)
        let third = machine.join(3, key: "ES", range: self.range(5, 15), mode: .refresh)

        if case .waitAndAskAgain = first {} else { Issue.record("the refresh should have waited") }
        #expect(self.begun(second) == [self.range(5, 15)])
        #expect(self.begun(third) == [], "a refresh shares a refresh")
    }

    @Test func limitsRefuseWithoutAnEffect() {
        var machine = Machine(flightsMax: 2, waitersMax: 2)
        _ = machine.join(1, key: "ES", range: self.range(10, 20), mode: .fetch)

        let tooManyFlights = machine.join(2, key: "ES", range: self.range(0, 30), mode: .fetch)
        #expect(machine.flightCount == 1 && machine.waiterCount == 1)
        _ = machine.join(2, key: "ES", range: self.range(10, 20), mode: .fetch)
        let tooManyWaiters = machine.join(3, key: "ES", range: self.range(10, 20), mode: .fetch)

        if case .refuse(.tooManyFlights) = tooManyFlights {} else { Issue.record("one flight too many") }
        if case .refuse(.tooManyWaiters) = tooManyWaiters {} else { Issue.record("one waiter too many") }
        machine.checkInvariants()
    }

    @Test func stoppedMachineEndsItsFlightsAndRefusesOthers() {
        var machine = Machine(flightsMax: 4, waitersMax: 4)
        _ = machine.join(1, key: "ES", range: self.range(0, 10), mode: .fetch)
        machine.stop()

        let refused = machine.join(2, key: "ES", range: self.range(0, 10), mode: .fetch)

        if case .refuse(.stopped) = refused {} else { Issue.record("stopped") }
        #expect(machine.finish(1, outcome: 5).map(\.outcomes) == [[5]])
        #expect(machine.abandon() == [])
    }

    @Test func randomSchedulesKeepEveryPromise() {
        var random = SeededRandom()
        for _ in 0..<60 {
            var machine = Machine(
                flightsMax: Int.random(in: 1...12, using: &random),
                waitersMax: Int.random(in: 1...20, using: &random)
            )
            var waiting: [Int: (key: String, range: TimeRange, flown: RangeSet, asksAgain: Bool)] = [:]
            var flying: [Int: (key: String, range: TimeRange)] = [:]
            var ended: Set<Int> = []
            var nextWaiter = 0
            for _ in 0..<400 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    nextWaiter += 1
                    let key = ["A", "B"].randomElement(using: &random)!
                    let start = Int64.random(in: 0..<100, using: &random)
                    let range = self.range(start, start + Int64.random(in: 1..<50, using: &random))
                    let mode: Machine.Mode = Int.random(in: 0..<5, using: &random) == 0 ? .refresh : .fetch
                    switch machine.join(nextWaiter, key: key, range: range, mode: mode) {
                    case .wait(let begin, _):
                        for flight in begin { flying[flight.id] = (flight.key, flight.range) }
                        waiting[nextWaiter] = (key, range, RangeSet(), false)
                    case .waitAndAskAgain:
                        waiting[nextWaiter] = (key, range, RangeSet(), true)
                    case .refuse:
                        ended.insert(nextWaiter)
                    }
                case 5..<8:
                    guard let flight = flying.keys.sorted().randomElement(using: &random) else { break }
                    let done = flying.removeValue(forKey: flight)!
                    for waiter in waiting.keys where waiting[waiter]!.key == done.key {
                        waiting[waiter]!.flown.insert(done.range)
                    }
                    for woken in machine.finish(flight, outcome: flight) {
                        let waiter = waiting.removeValue(forKey: woken.waiter)
                        #expect(waiter != nil, "a waiter ends once; \(random)")
                        #expect(ended.insert(woken.waiter).inserted, "\(random)")
                        #expect(!woken.outcomes.isEmpty, "\(random)")
                        if let waiter, !waiter.asksAgain {
                            #expect(waiter.flown.contains(waiter.range), "all of its range was dealt with; \(random)")
                        }
                    }
                default:
                    guard let waiter = waiting.keys.sorted().randomElement(using: &random) else { break }
                    waiting[waiter] = nil
                    ended.insert(waiter)
                    let hasLeft = machine.leave(waiter)
                    #expect(hasLeft, "\(random)")
                }
                machine.checkInvariants()
                #expect(machine.flightCount == flying.count && machine.waiterCount == waiting.count, "\(random)")
            }
            for flight in flying.keys.sorted() {
                for woken in machine.finish(flight, outcome: 0) { waiting[woken.waiter] = nil }
            }
            #expect(waiting.isEmpty && machine.flightCount == 0 && machine.waiterCount == 0, "no leak; \(random)")
        }
    }
}
