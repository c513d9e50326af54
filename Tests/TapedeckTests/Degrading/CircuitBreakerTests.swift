import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct CircuitBreakerTests {
    private let second: Int64 = 1_000_000_000
    private let outage = ProviderError(.unavailable, "down")

    private func breaker(_ change: (inout BreakerConfiguration) -> Void = { _ in }) -> CircuitBreaker {
        var configuration = BreakerConfiguration()
        change(&configuration)
        return CircuitBreaker(configuration: configuration, refusalTime: .seconds(30), tick: 0)
    }

    @Test func opensAfterSoManyFailuresInARow() {
        var breaker = self.breaker()
        for _ in 0..<4 { breaker.fail(breaker.begin(), self.outage, tick: 0, random: 0) }
        breaker.succeed(breaker.begin(), tick: 0)
        for _ in 0..<4 { breaker.fail(breaker.begin(), self.outage, tick: 0, random: 0) }
        #expect(breaker.state == .closed && breaker.admit(tick: 0) == nil)

        breaker.fail(breaker.begin(), self.outage, tick: 5, random: 0)

        #expect(breaker.state == .open(untilTick: 5 + self.second))
        #expect(breaker.admit(tick: 5)?.error.message == "down")
        #expect(breaker.failuresInRow == 5 && breaker.sinceTick == 5)
    }

    @Test func opensWhenTooManyOfTheLastCallsFailed() {
        var breaker = self.breaker { $0.windowCalls = 10 }
        for number in 0..<9 {
            let call = breaker.begin()
            if number % 2 == 0 {
                breaker.fail(call, self.outage, tick: 0, random: 0)
            } else {
                breaker.succeed(call, tick: 0)
            }
        }
        #expect(breaker.state == .closed, "nine calls are too few to tell")

        breaker.fail(breaker.begin(), self.outage, tick: 0, random: 0)

        #expect(breaker.state != .closed)
    }

    @Test(arguments: [ProviderError.Code.unauthorized, .outOfCredit, .rateLimited])
    func whatConcernsTheWholeProviderOpensItAtOnce(_ code: ProviderError.Code) {
        var breaker = self.breaker()

        breaker.fail(breaker.begin(), ProviderError(code, "no", retryAfter: .seconds(40)), tick: 0, random: 0.9)

        #expect(breaker.state == .open(untilTick: 40 * self.second), "what the provider asks for is kept to the letter")
    }

    @Test func oneProbeDecidesWhatFollows() {
        var breaker = self.breaker { $0.failuresMax = 1 }
        breaker.fail(breaker.begin(), self.outage, tick: 0, random: 0)
        #expect(breaker.admit(tick: self.second - 1) != nil)

        #expect(breaker.admit(tick: self.second) == nil, "the probe")
        #expect(breaker.admit(tick: self.second)?.retryTick == 2 * self.second, "nobody beside it")
        breaker.fail(breaker.begin(), self.outage, tick: self.second, random: 0)
        #expect(breaker.state == .open(untilTick: 3 * self.second), "twice as long")

        #expect(breaker.admit(tick: 3 * self.second) == nil)
        breaker.succeed(breaker.begin(), tick: 3 * self.second)
        #expect(breaker.state == .closed && breaker.failuresInRow == 0)
        breaker.fail(breaker.begin(), self.outage, tick: 4 * self.second, random: 0)
        #expect(breaker.state == .open(untilTick: 5 * self.second), "the time begins anew")
    }

    @Test func openTimeHasALimitAndJitter() {
        var breaker = self.breaker { $0.failuresMax = 1 }
        var (tick, waits): (Int64, [Int64]) = (0, [])
        for _ in 0..<9 {
            _ = breaker.admit(tick: tick)
            breaker.fail(breaker.begin(), self.outage, tick: tick, random: 0.5)
            guard case .open(let untilTick) = breaker.state else { break }
            waits.append((untilTick - tick) / (self.second / 10))
            tick = untilTick
        }
        #expect(waits == [11, 22, 44, 88, 176, 352, 660, 660, 660])
    }

    @Test func probeThatNeverReportsLosesItsPlace() {
        var breaker = self.breaker { $0.failuresMax = 1 }
        breaker.fail(breaker.begin(), self.outage, tick: 0, random: 0)
        #expect(breaker.admit(tick: self.second) == nil)
        #expect(breaker.admit(tick: 61 * self.second - 1) != nil)
        #expect(breaker.admit(tick: 61 * self.second) == nil)

        breaker.abandon(breaker.begin())

        #expect(breaker.admit(tick: 61 * self.second) == nil, "a cancelled probe leaves its place at once")
    }

    @Test func callFromBeforeTheOpeningSaysNothingAfterIt() {
        var breaker = self.breaker { $0.failuresMax = 1 }
        let (early, late) = (breaker.begin(), breaker.begin())
        breaker.fail(early, self.outage, tick: 0, random: 0)
        let state = breaker.state

        breaker.succeed(late, tick: 1)
        breaker.fail(late, self.outage, tick: 2, random: 0)

        #expect(breaker.state == state)
    }

    /// Calls that begin and end in any order over a provider that is up and down.
    @Test func randomSchedulesKeepThePromises() {
        var random = SeededRandom()
        for _ in 0..<200 {
            var breaker = self.breaker()
            var calls: [CircuitBreaker.Call] = []
            var (tick, openUntil): (Int64, Int64) = (0, 0)
            for _ in 0..<300 {
                tick += Int64.random(in: 0..<(2 * self.second), using: &random)
                let before = breaker.state
                if Bool.random(using: &random) {
                    let refusal = breaker.admit(tick: tick)
                    if case .open(let untilTick) = before {
                        #expect((refusal == nil) == (tick >= untilTick), "\(random)")
                    }
                    if before == .closed { #expect(refusal == nil, "\(random)") }
                    if let refusal {
                        #expect(refusal.retryTick > tick, "\(random)")
                    } else {
                        if before != .closed { #expect(breaker.state == .halfOpen(probeTick: tick), "\(random)") }
                        calls.append(breaker.begin())
                    }
                } else if let index = calls.indices.randomElement(using: &random) {
                    let call = calls.remove(at: index)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: breaker.succeed(call, tick: tick)
                    case 1: breaker.abandon(call)
                    default: breaker.fail(call, self.outage, tick: tick, random: 0.99)
                    }
                    if case .open(let untilTick) = breaker.state, breaker.state != before {
                        #expect(untilTick - tick <= 72 * self.second, "\(random)")
                        #expect(untilTick >= openUntil, "an opening is never shortened; \(random)")
                        openUntil = untilTick
                    }
                }
                if breaker.state != before, breaker.state != .halfOpen(probeTick: nil) {
                    #expect(breaker.sinceTick == tick, "\(random)")
                }
                if breaker.state == .closed { #expect(breaker.openings == 0, "\(random)") }
            }
        }
    }
}
