import MarketData
import Testing

@testable import Tapedeck

@Suite struct CoverageMemoryTests {
    private static func series(_ symbol: String) throws -> Series {
        try Series(provider: .simulated, symbol: symbol, timeframe: .oneHour)
    }

    @Test func seriesUsedLongestAgoIsForgottenFirst() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: .earliest)
        let (a, b, c) = (try Self.series("A"), try Self.series("B"), try Self.series("C"))
        for series in [a, b, a, c] { memory.note(series, Coverage(), version: 1, databaseNow: .earliest, tick: 0) }

        #expect(memory.coverage(of: a) != nil && memory.coverage(of: c) != nil)
        #expect(memory.coverage(of: b) == nil && memory.count == 2)
        memory.forget { $0.symbol == "A" }
        #expect(memory.coverage(of: a) == nil && memory.count == 1)
    }

    @Test func databaseClockGoesOnWithTheProcess() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: .earliest)
        let now = try time("2026-01-14T12:00:00Z")
        #expect(memory.databaseNow(tick: 5, wallClock: now) == now)

        memory.note(try Self.series("A"), Coverage(), version: 1, databaseNow: now, tick: 10)
        #expect(memory.databaseNow(tick: 17, wallClock: .earliest) == now.advancedSaturating(byNanoseconds: 7))
    }

    /// A read that began before something was stored may be answered behind it.
    @Test func answerThatComesLateReplacesNothingNewer() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: .earliest)
        let series = try Self.series("A")
        let now = try time("2026-01-14T12:00:00Z")
        let later = now.advancedSaturating(byNanoseconds: 5)
        let hour = try TimeRange(start: time("2026-01-14T10:00:00Z"), end: time("2026-01-14T11:00:00Z"))
        let stored = Coverage().recording(hour, settledEnd: now, timeframe: .oneHour, fetchedAt: now)

        memory.note(series, stored, version: 2, databaseNow: now, tick: 20)
        memory.note(series, Coverage(), version: 1, databaseNow: later, tick: 10)
        #expect(memory.coverage(of: series) == stored)
        #expect(memory.databaseNow(tick: 20, wallClock: .earliest) == now)

        memory.note(series, Coverage(), version: 2, databaseNow: .earliest, tick: 30)
        #expect(memory.coverage(of: series) == stored, "renewed without a change that a reader notices")
        memory.note(series, Coverage(), version: 3, databaseNow: later, tick: 40)
        #expect(memory.coverage(of: series) == Coverage())
    }

    @Test func contactNeverGoesBack() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: try time("2026-01-14T12:00:00Z"))
        memory.noteContact(begun: try time("2026-01-14T11:00:00Z"))
        #expect(memory.lastContact == (try time("2026-01-14T12:00:00Z")))
    }
}
