import MarketData
import Testing

@Suite struct CivilDateTests {
    /// The lengths of the months, by the rule of the calendar alone.
    private func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    @Test func everyDayFrom1990To2200FollowsTheCalendar() {
        // 1990-01-01 was a Monday, 7305 days after the epoch.
        var (year, month, day) = (Int64(1990), Int64(1), Int64(1))
        var (number, weekday) = (Int64(7305), 0)
        while year <= 2200 {
            let date = CivilDate(daysSinceEpoch: number)

            #expect(date.components == (year, month, day))
            #expect(CivilDate(year: year, month: month, day: day) == date)
            #expect(date.weekday == weekday)
            #expect(date.start.nanoseconds == number * 86_400_000_000_000)
            #expect(CivilDate(containing: date.start) == date)
            #expect(CivilDate(containing: date.start.advancedSaturating(byNanoseconds: 86_399_999_999_999)) == date)

            (number, weekday, day) = (number + 1, (weekday + 1) % 7, day + 1)
            if day > self.length(ofMonth: month, year: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test func onlyDaysOfTheCalendarExist() {
        for year in [1990, 1999, 2000, 2024, 2100] as [Int64] {
            for month in Int64(0)...13 {
                for day in Int64(-1)...33 {
                    let exists =
                        (1...12).contains(month) && day >= 1 && day <= self.length(ofMonth: month, year: year)
                    #expect((CivilDate(year: year, month: month, day: day) != nil) == exists)
                }
            }
        }
        for year in [Int64.min, -1, 10_000, .max] { #expect(CivilDate(year: year, month: 1, day: 1) == nil) }
        #expect(CivilDate(year: 2026, month: .max, day: 1) == nil)
        #expect(CivilDate(year: 2026, month: 1, day: .max) == nil)
    }

    @Test func daysFarAwayAreHeldWithinTheYears0To9999() {
        #expect(CivilDate(daysSinceEpoch: .min).description == "0000-01-01")
        #expect(CivilDate(daysSinceEpoch: .max).description == "9999-12-31")
        #expect(CivilDate(daysSinceEpoch: .max).advanced(byDays: .max).weekday == 4)
        #expect(CivilDate(daysSinceEpoch: .min).advanced(byDays: .min).weekday == 5)
        #expect(CivilDate(daysSinceEpoch: 0).advanced(byDays: .min).description == "0000-01-01")
        #expect(CivilDate(daysSinceEpoch: .max).start.nanoseconds == .max)
        #expect(CivilDate(daysSinceEpoch: .min).start.nanoseconds == .min)
        #expect(CivilDate(containing: Timestamp(nanoseconds: .min)).description == "1677-09-21")
        #expect(CivilDate(containing: Timestamp(nanoseconds: .max)).description == "2262-04-11")
    }
}
