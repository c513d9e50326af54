import MarketData
import Providers
import Testing

@testable import Tapedeck

@Suite struct FailureMemoryTests {
    private let second: Int64 = 1_000_000_000
    private let outage = ProviderError(.unavailable, "down")

    private func memory(failuresMax: Int = 100) -> FailureMemory<String> {
        FailureMemory(backoff: .seconds(1) ... .seconds(30), refusalBackoff: .seconds(30), failuresMax: failuresMax)
    }

    private func range(_ start: Int64, _ end: Int64) throws -> TimeRange {
        try TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    @Test func failureKeepsWhatOverlapsItFromBeingTried() throws {
        var memory = self.memory()
        memory.note("ES", try self.range(10, 20), self.outage, tick: 0)

        #expect(memory.failure("ES", try self.range(19, 30), tick: self.second - 1)?.error.code == .unavailable)
        #expect(memory.failure("ES", try self.range(20, 30), tick: 0) == nil)
        #expect(memory.failure("NQ", try self.range(10, 20), tick: 0) == nil)
        #expect(memory.failure("ES", try self.range(10, 20), tick: self.second) == nil)
    }

    @Test func waitDoublesUpToItsLimit() throws {
        var memory = self.memory()
        var tick: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<7 {
            memory.note("ES", try self.range(10, 20), self.outage, tick: tick)
            let retry = try #require(memory.failure("ES", try self.range(10, 20), tick: tick)).retryTick
            waits.append((retry - tick) / self.second)
            tick = retry
        }

        #expect(waits == [1, 2, 4, 8, 16, 30, 30])
    }

    @Test func refusalWaitsAFixedTimeAndTheProvidersWishIsHonoured() throws {
        var memory = self.memory()
        memory.note("ES", try self.range(0, 1), ProviderError(.symbolUnknown, "?"), tick: 0)
        memory.note("NQ", try self.range(0, 1), ProviderError(.rateLimited, "slow", retryAfter: .seconds(90)), tick: 0)

        #expect(memory.failure("ES", try self.range(0, 1), tick: 0)?.retryTick == 30 * self.second)
        #expect(memory.failure("NQ", try self.range(0, 1), tick: 0)?.retryTick == 90 * self.second)
    }

    @Test func successForgetsTheFailureAndItsCount() throws {
        var memory = self.memory()
        memory.note("ES", try self.range(0, 10), self.outage, tick: 0)
        memory.note("ES", try self.range(0, 10), self.outage, tick: self.second)
        memory.clear("ES", try self.range(5, 6))

        #expect(memory.failure("ES", try self.range(0, 10), tick: self.second) == nil)
        memory.note("ES", try self.range(0, 10), self.outage, tick: self.second)
        #expect(memory.failure("ES", try self.range(0, 10), tick: self.second)?.retryTick == 2 * self.second)
    }

    @Test func failuresAreForgottenLongAfterwardsAndWhenThereAreTooMany() throws {
        var memory = self.memory(failuresMax: 2)
        for key in ["A", "B", "C"] { memory.note(key, try self.range(0, 1), self.outage, tick: 0) }

        #expect(memory.count == 2)
        #expect(memory.failure("A", try self.range(0, 1), tick: 0) == nil)
        memory.forgetLongPast(tick: 31 * self.second)
        #expect(memory.count == 0)
    }
}
