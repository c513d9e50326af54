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
        for series in [a, b, a, c] { memory.note(series, Coverage(), databaseNow: .earliest, tick: 0) }

        #expect(memory.coverage(of: a) != nil && memory.coverage(of: c) != nil)
        #expect(memory.coverage(of: b) == nil && memory.count == 2)
        memory.forget { $0.symbol == "A" }
        #expect(memory.coverage(of: a) == nil && memory.count == 1)
    }

    @Test func databaseClockGoesOnWithTheProcess() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: .earliest)
        let now = try time("2026-01-14T12:00:00Z")
        #expect(memory.databaseNow(tick: 5, wallClock: now) == now)

        memory.note(try Self.series("A"), Coverage(), databaseNow: now, tick: 10)
        #expect(memory.databaseNow(tick: 17, wallClock: .earliest) == now.advancedSaturating(byNanoseconds: 7))
    }

    @Test func contactNeverGoesBack() throws {
        var memory = CoverageMemory(seriesMax: 2, lastContact: try time("2026-01-14T12:00:00Z"))
        memory.noteContact(begun: try time("2026-01-14T11:00:00Z"))
        #expect(memory.lastContact == (try time("2026-01-14T12:00:00Z")))
    }
}
