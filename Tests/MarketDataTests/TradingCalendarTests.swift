import MarketData
import Testing

@Suite struct TradingCalendarTests {
    private let calendar = TradingCalendar.cmeGlobex

    private func range(_ start: String, _ end: String) throws -> TimeRange {
        try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
    }

    @Test(
        arguments: [
            ("2026-01-06", "2026-01-05T23:00:00Z", "2026-01-06T22:00:00Z"),  // winter
            ("2026-07-07", "2026-07-06T22:00:00Z", "2026-07-07T21:00:00Z"),  // summer
            ("2026-03-06", "2026-03-05T23:00:00Z", "2026-03-06T22:00:00Z"),  // the last day of winter time
            ("2026-03-09", "2026-03-08T22:00:00Z", "2026-03-09T21:00:00Z"),  // opens on the first day of summer time
            ("2026-11-02", "2026-11-01T23:00:00Z", "2026-11-02T22:00:00Z"),  // opens on the first day of winter time
            ("2006-04-03", "2006-04-02T22:00:00Z", "2006-04-03T21:00:00Z"),  // the older rule: April
            ("2006-10-30", "2006-10-29T23:00:00Z", "2006-10-30T22:00:00Z"),  // and October
            ("2026-09-07", "2026-09-06T22:00:00Z", "2026-09-07T17:00:00Z"),  // Labor Day ends at noon
            ("2026-11-27", "2026-11-26T23:00:00Z", "2026-11-27T18:15:00Z"),  // the day after Thanksgiving
            ("2022-12-26", nil, nil),  // Christmas Day on a Sunday is kept on Monday
            ("2021-12-24", "2021-12-23T23:00:00Z", "2021-12-24T22:00:00Z"),  // on a Saturday it is not kept
            ("2026-04-03", nil, nil),  // Good Friday
            ("2025-04-18", nil, nil), ("2024-03-29", nil, nil), ("2000-04-21", nil, nil), ("2038-04-23", nil, nil),
            ("2026-01-01", nil, nil), ("2026-01-03", nil, nil), ("2026-01-04", nil, nil),
        ] as [(String, String?, String?)]
    )
    func aDayHasItsSession(day: String, open: String?, close: String?) throws {
        let session = self.calendar.session(of: CivilDate(containing: try Timestamp(parsing: day)))

        #expect(session?.start.description == open && session?.end.description == close)
    }

    @Test func newYorkHoursFollowTheirOwnClock() throws {
        let exchange = try TradingCalendar(
            zone: .usEastern,
            weekdays: [0, 1, 2, 3, 4],
            openSecond: 34_200,
            closeSecond: 57_600
        )

        #expect(
            exchange.openRanges(in: try self.range("2026-03-06", "2026-03-11")).ranges == [
                try self.range("2026-03-06T14:30:00Z", "2026-03-06T21:00:00Z"),
                try self.range("2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),
                try self.range("2026-03-10T13:30:00Z", "2026-03-10T20:00:00Z"),
            ]
        )
    }

    @Test func aZonesOffsetChangesAtTwoInTheMorning() throws {
        for (text, offset) in [
            ("2026-03-08T07:59:59Z", -21_600), ("2026-03-08T08:00:00Z", -18_000),
            ("2026-11-01T06:59:59Z", -18_000), ("2026-11-01T07:00:00Z", -21_600),
        ] as [(String, Int64)] {
            #expect(TradingZone.usCentral.offsetSeconds(at: try Timestamp(parsing: text)) == offset, "\(text)")
        }
        let spring = CivilDate(containing: try Timestamp(parsing: "2026-03-08"))
        let autumn = CivilDate(containing: try Timestamp(parsing: "2026-11-01"))
        let skipped = TradingZone.usCentral.timestamp(spring, secondsFromMidnight: 9000)
        let twice = TradingZone.usCentral.timestamp(autumn, secondsFromMidnight: 5400)
        #expect(skipped.description == "2026-03-08T08:30:00Z" && twice.description == "2026-11-01T06:30:00Z")
    }

    @Test func everyAnswerAgreesWithTheOpenRanges() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let calendars = [
            TradingCalendar.cmeGlobex, .alwaysOpen,
            try TradingCalendar(zone: .usEastern, weekdays: [1, 3], openSecond: 0, closeSecond: 86_400),
            try TradingCalendar(
                zone: .usCentral,
                weekdays: [0, 1, 2, 3, 4, 5, 6],
                openSecond: -3600,
                closeSecond: 82_800
            ),
        ]
        for calendar in calendars {
            let year = try self.range("2025-06-01", "2026-06-01")
            let open = calendar.openRanges(in: year)
            for _ in 0..<1500 {
                let inner = Int64.random(in: 40 * 86_400...320 * 86_400, using: &random)
                let time = year.start.advancedSaturating(byNanoseconds: inner * 1_000_000_000)
                let next = open.ranges.first { time < $0.end }.map { max(time, $0.start) }
                let last = open.ranges.last { $0.start < time }

                #expect(calendar.isOpen(at: time) == open.contains(time), "seed \(seed), \(time)")
                #expect(
                    calendar.session(at: time).map { open.contains($0) && $0.contains(time) } ?? !open.contains(time)
                )
                #expect(calendar.nextOpen(atOrAfter: time) == next, "seed \(seed), \(time)")
                let session = calendar.lastSession(startingBefore: time)
                #expect(session.flatMap { last?.contains($0) } == true, "seed \(seed), \(time)")
                #expect(session.map { min($0.end, time) } == last.map { min($0.end, time) }, "seed \(seed), \(time)")
                let part = try TimeRange(start: time, end: time.advanced(byNanoseconds: inner * 1_000_000))
                #expect(calendar.openRanges(in: part) == open.intersection(part), "seed \(seed), \(part)")
                #expect(calendar.closedRanges(in: part) == open.gaps(in: part), "seed \(seed), \(part)")
            }
        }
    }

    @Test func aCalendarWithoutSessionsIsNeverOpen() throws {
        let never = try TradingCalendar(zone: .utc, weekdays: [], openSecond: 0, closeSecond: 1)
        let time = try Timestamp(parsing: "2026-01-05")

        #expect(never.nextOpen(atOrAfter: time) == nil && never.lastSession(startingBefore: time) == nil)
        #expect(!never.isOpen(at: time))
    }

    @Test func aClosedDayHasNoSession() throws {
        let day = CivilDate(containing: try Timestamp(parsing: "2026-01-06"))
        let calendar = try TradingCalendar(
            zone: .utc,
            weekdays: [0, 1, 2],
            openSecond: 0,
            closeSecond: 3600,
            closedDays: [day]
        )

        #expect(calendar.session(of: day) == nil && calendar.session(of: day.advanced(byDays: 1)) != nil)
    }

    @Test(
        arguments: [
            (Set([7]), 0, 1), (Set([-1]), 0, 1), (Set([0]), 1, 1), (Set([0]), -86_401, 1), (Set([0]), 0, 86_401),
            (Set([0]), -1, 86_400), (Set([0]), 0, 0), (Set([0]), .min, .max), (Set([0]), 90_000, 90_001),
        ] as [(Set<Int>, Int64, Int64)]
    )
    func hoursThatCannotBeAreRefused(weekdays: Set<Int>, open: Int64, close: Int64) {
        let error = #expect(throws: MarketDataError.self) {
            try TradingCalendar(zone: .utc, weekdays: weekdays, openSecond: open, closeSecond: close)
        }
        #expect(error?.code == .malformedCalendar)
    }

    @Test func rulesThatNameNoDayAndTheEndsOfTimeDoNotTrap() throws {
        let days: [HolidayRule.Day] = [
            .date(month: .max, day: .min), .weekday(.max, number: .min, month: .max), .weekday(0, number: 5, month: 2),
            .easter(days: .max), .easter(days: .min), .after(days: .max, weekday: 0, number: 1, month: 1),
        ]
        let calendar = try TradingCalendar(
            zone: .usCentral,
            weekdays: Set(0...6),
            openSecond: -86_399,
            closeSecond: 1,
            holidays: days.map { HolidayRule($0) }
        )
        for edge in [Int64.min, .max] {
            let time = Timestamp(nanoseconds: edge)
            _ = (
                calendar.isOpen(at: time), calendar.nextOpen(atOrAfter: time),
                calendar.lastSession(startingBefore: time)
            )
            _ = TradingZone.usCentral.offsetSeconds(at: time)
            _ = TradingZone.usEastern.timestamp(CivilDate(daysSinceEpoch: edge), secondsFromMidnight: edge)
            _ = calendar.session(of: CivilDate(daysSinceEpoch: edge))
        }
        #expect(HolidayRule(.weekday(0, number: 5, month: 2)).date(inYear: 2026) == nil)
        #expect(HolidayRule(.weekday(0, number: 1, month: 1), sinceYear: 1998).date(inYear: 1997) == nil)
        for year in [Int64.min, .max] { #expect(days.allSatisfy { HolidayRule($0).date(inYear: year) == nil }) }
    }

    @Test func aHolidayMovedOverTheEndOfTheYearIsKept() throws {
        let calendar = try TradingCalendar(
            zone: .utc,
            weekdays: Set(0...6),
            openSecond: 0,
            closeSecond: 3600,
            holidays: [HolidayRule(.date(month: 12, day: 31))]
        )

        // 2023-12-31 was a Sunday.
        #expect(calendar.session(of: CivilDate(containing: try Timestamp(parsing: "2024-01-01"))) == nil)
        #expect(calendar.session(of: CivilDate(containing: try Timestamp(parsing: "2025-01-01"))) != nil)
    }
}
