import MarketData
import Testing

@testable import Tapedeck

@Suite struct RouteMemoryTests {
    private func ids() throws -> [ProviderID] {
        try ["a", "b", "c"].map { try ProviderID(parsing: $0) }
    }

    @Test func providersThatDoNotKnowASymbolAreSkippedForAWhile() throws {
        let ids = try self.ids()
        var memory = RouteMemory(routesMax: 2)
        memory.note("RARE", ids[1], deadlineTick: 10)

        #expect(memory.providers(for: "RARE", preferred: ids, tick: 9) == [ids[1], ids[2]])
        #expect(memory.providers(for: "RARE", preferred: ids, tick: 10) == ids)
        #expect(memory.providers(for: "ES", preferred: ids, tick: 0) == ids)
    }

    @Test func oldestRouteIsForgottenFirst() throws {
        let ids = try self.ids()
        var memory = RouteMemory(routesMax: 2)
        for symbol in ["A", "B", "C"] { memory.note(symbol, ids[2], deadlineTick: 10) }

        #expect(memory.providers(for: "A", preferred: ids, tick: 0) == ids)
        #expect(memory.providers(for: "C", preferred: ids, tick: 0) == [ids[2]])
    }

    @Test func sourcesAreTheSoldTimeframeOrThoseThatDivideIt() {
        let sold: Set<Timeframe> = [.oneSecond, .oneMinute, .oneHour, .oneDay]

        #expect(SourceChoice.candidates(.oneHour, sold: sold) == [.oneHour])
        #expect(SourceChoice.candidates(.fourHours, sold: sold) == [.oneHour, .oneMinute, .oneSecond])
        #expect(SourceChoice.candidates(.fiveMinutes, sold: [.oneDay]) == [])
    }
}
