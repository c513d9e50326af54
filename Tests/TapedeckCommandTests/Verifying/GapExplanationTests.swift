import MarketData
import MarketStore
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct GapExplanationTests {
    private static func range(_ start: String, _ end: String) throws -> TimeRange {
        try TimeRange(parsingStart: start, end: end)
    }

    private static func failure(_ range: TimeRange, error: String?) throws -> Purchase {
        let series = try Series(provider: .simulated, symbol: "ES.c.0", timeframe: .oneHour)
        return Purchase(
            id: PurchaseID(rawValue: 1),
            request: NewPurchase(series: series, range: range, client: "bot", requestID: "r"),
            state: error == nil ? .started : .failed,
            figures: PurchaseFigures(recordCount: 0, byteCount: 0, costUSD: nil, requestCount: 1, duration: nil),
            startedAt: try Timestamp(parsing: "2026-01-14"),
            finishedAt: nil,
            error: error
        )
    }

    @Test func aWeekendIsAClosedSessionAndTheRestWasNotAsked() throws {
        // Friday noon to Monday noon; Globex closes on Friday at 22:00 UTC and opens on Sunday at 23:00.
        let range = try Self.range("2026-01-09T12:00", "2026-01-12T12:00")
        let known = RangeSet(try Self.range("2026-01-09T12:00", "2026-01-09T20:00"))

        let gaps = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex).gaps(in: range, known: known, failures: [])

        #expect(gaps.map(\.reason) == [.notAsked])
        #expect(gaps[0].range == (try Self.range("2026-01-09T20:00", "2026-01-12T12:00")))
        let friday = RangeSet(try Self.range("2026-01-09T12:00", "2026-01-09T22:00"))
        let monday = RangeSet(try Self.range("2026-01-11T23:00", "2026-01-12T12:00"))
        let weekend = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex)
            .gaps(in: range, known: friday.union(monday), failures: [])
        #expect(weekend.map(\.reason) == [.sessionClosed])
    }

    @Test func aLongGapIsOneWhateverSessionsItSpans() throws {
        let range = try Self.range("2026-01-05", "2026-01-31")
        let known = RangeSet(try Self.range("2026-01-05", "2026-01-06"))

        let gaps = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex).gaps(in: range, known: known, failures: [])

        #expect(gaps.map(\.reason) == [.notAsked, .sessionClosed])
        #expect(gaps[0].range == (try Self.range("2026-01-06", "2026-01-30T22:00")))
    }

    @Test func whatIsKnownIsNoGapWhetherOrNotThereAreBars() throws {
        let range = try Self.range("2026-01-05", "2026-01-20")

        let explanation = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex)

        #expect(explanation.gaps(in: range, known: RangeSet(range), failures: []).isEmpty)
    }

    @Test func aDayWithAnHourOfTradingIsOpen() throws {
        // Sunday 2026-01-11 opens at 23:00.
        let weekend = try Self.range("2026-01-10", "2026-01-12")

        let open = GapExplanation(timeframe: .oneDay, calendar: .cmeGlobex).openPeriods(in: weekend)

        #expect(open == RangeSet(try Self.range("2026-01-11", "2026-01-12")))
    }

    @Test func withoutACalendarEveryTimeIsOpen() throws {
        let weekend = try Self.range("2026-01-10", "2026-01-11")
        let explanation = GapExplanation(timeframe: .oneHour, calendar: nil)

        #expect(explanation.gaps(in: weekend, known: RangeSet(), failures: []).map(\.reason) == [.notAsked])
    }

    @Test func aFailedPurchaseExplainsWhatItShouldHaveBrought() throws {
        let range = try Self.range("2026-01-13T10:00", "2026-01-13T20:00")
        let failures = [
            try Self.failure(try Self.range("2026-01-13T12:00", "2026-01-13T14:00"), error: "the line is dead"),
            try Self.failure(try Self.range("2026-01-13T13:00", "2026-01-13T16:00"), error: nil),
        ]

        let gaps = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex)
            .gaps(in: range, known: RangeSet(), failures: failures)

        #expect(gaps.map(\.reason) == [.notAsked, .failed, .failed, .notAsked])
        #expect(gaps[1].detail?.contains("the line is dead") == true)
        #expect(gaps[2].range == (try Self.range("2026-01-13T14:00", "2026-01-13T16:00")))
        #expect(gaps[2].detail?.contains("never ended") == true)
    }

    @Test func gapsAndKnownMakeUpTheWhole() throws {
        var random = SeededRandom()
        let range = try Self.range("2026-01-01", "2026-02-01")
        let explanation = GapExplanation(timeframe: .oneHour, calendar: .cmeGlobex)
        for _ in 0..<100 {
            var known = RangeSet()
            for _ in 0..<Int.random(in: 0...20, using: &random) { known.insert(Self.part(of: range, &random)) }
            let failures = try (0..<Int.random(in: 0...4, using: &random)).map { _ in
                try Self.failure(Self.part(of: range, &random), error: "x")
            }

            let gaps = explanation.gaps(in: range, known: known, failures: failures)

            let total = gaps.reduce(Int64(0)) { $0 + $1.range.nanoseconds }
            let union = RangeSet(gaps.map(\.range))
            #expect(union == known.gaps(in: range), "\(random)")
            #expect(total == union.ranges.reduce(0) { $0 + $1.nanoseconds }, "no instant has two reasons, \(random)")
            #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $0.range.end <= $1.range.start }, "\(random)")
            let bought = RangeSet(explanation.purchases(for: gaps, known: known, in: range))
            #expect(bought.intersection(known).isEmpty, "nothing known is bought, \(random)")
            let missing = RangeSet(gaps.filter(\.reason.isMissing).map(\.range))
            #expect(missing.subtracting(bought).isEmpty, "all that is missing is bought, \(random)")
        }
    }

    private static func part(of range: TimeRange, _ random: inout SeededRandom) -> TimeRange {
        let hours = range.nanoseconds / Timeframe.oneHour.nanoseconds
        let first = Int64.random(in: 0..<hours, using: &random)
        let length = Int64.random(in: 1...48, using: &random)
        let start = range.start.advancedSaturating(byNanoseconds: first * Timeframe.oneHour.nanoseconds)
        let end = start.advancedSaturating(byNanoseconds: length * Timeframe.oneHour.nanoseconds)
        return TimeRange(start, min(end, range.end)) ?? range
    }
}
