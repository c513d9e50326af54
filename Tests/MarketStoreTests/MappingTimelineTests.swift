import MarketData
import TestSupport
import Testing

@testable import MarketStore

@Suite struct MappingTimelineTests {
    @Test func anyOrderOfAssignmentsGivesTheLastValueOfEachDay() {
        var random = SeededRandom()
        for _ in 0..<500 {
            var timeline = MappingTimeline()
            var days = [UInt32?](repeating: nil, count: 40)
            for _ in 0..<Int.random(in: 1...15, using: &random) {
                let start = Int.random(in: 0..<39, using: &random)
                let end = Int.random(in: start + 1...40, using: &random)
                let id = UInt32.random(in: 1...3, using: &random)
                timeline.assign(Self.mapping(id, start, end))
                for day in start..<end { days[day] = id }
            }

            #expect(timeline.rows == Self.runs(days), "\(random)")
        }
    }

    private static func mapping(_ id: UInt32, _ start: Int, _ end: Int) -> SymbolMappingRow {
        SymbolMappingRow(
            symbol: "ES.c.0",
            instrumentID: id,
            start: CivilDate(daysSinceEpoch: Int64(start)),
            end: CivilDate(daysSinceEpoch: Int64(end))
        )
    }

    /// The longest stretches of days with one instrument.
    private static func runs(_ days: [UInt32?]) -> [SymbolMappingRow] {
        var rows: [SymbolMappingRow] = []
        var start = 0
        for day in 1...days.count where day == days.count || days[day] != days[start] {
            if let id = days[start] { rows.append(Self.mapping(id, start, day)) }
            start = day
        }
        return rows
    }
}
