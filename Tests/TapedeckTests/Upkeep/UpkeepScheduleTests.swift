import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct UpkeepScheduleTests {
    @Test func theFirstTimeIsSoonAndThenItIsOnceADay() throws {
        var random = SeededRandom()
        for _ in 0..<200 {
            let share = Double.random(in: 0..<1, using: &random)
            var schedule = UpkeepSchedule.daily(share: share)
            var now = Timestamp(nanoseconds: Int64.random(in: 0...2_000_000_000_000_000_000, using: &random))

            let first = schedule.wait(now: now)
            #expect(first >= .zero && first < .seconds(600), "\(random)")
            now = now.advancedSaturating(byNanoseconds: first.clampedNanoseconds)
            for _ in 0..<3 {
                let wait = schedule.wait(now: now)
                #expect(wait > .zero && wait <= .seconds(86_400), "\(random)")
                now = now.advancedSaturating(byNanoseconds: wait.clampedNanoseconds)
                let ofDay = now.nanoseconds - Timeframe.oneDay.floor(now).nanoseconds
                let hour = Timeframe.oneHour.nanoseconds
                #expect((3 * hour..<4 * hour).contains(ofDay), "\(random)")
            }
        }
    }

    @Test func theFirstTimeIsAtOnceAndThenItIsOnceInEachHour() throws {
        var random = SeededRandom()
        for _ in 0..<200 {
            let share = Double.random(in: 0..<1, using: &random)
            var schedule = UpkeepSchedule.hourly(share: share)
            var now = Timestamp(nanoseconds: Int64.random(in: 0...2_000_000_000_000_000_000, using: &random))

            let first = schedule.wait(now: now)
            #expect(first >= .zero && first < .seconds(10), "\(random)")
            now = now.advancedSaturating(byNanoseconds: first.clampedNanoseconds)
            var last: Timestamp?
            for _ in 0..<3 {
                let wait = schedule.wait(now: now)
                #expect(wait > .zero && wait <= .seconds(3_600), "\(random)")
                now = now.advancedSaturating(byNanoseconds: wait.clampedNanoseconds)
                #expect(last.map { now.nanosecondsApart(from: $0) == 3_600_000_000_000 } ?? true, "\(random)")
                last = now
            }
        }
    }

    @Test func workersDrawDifferentTimes() throws {
        let now = try Timestamp(parsing: "2026-01-05T12:00:00Z")
        var (early, late) = (UpkeepSchedule.daily(share: 0), UpkeepSchedule.daily(share: 0.5))

        #expect(early.wait(now: now) == .zero && late.wait(now: now) == .seconds(300))
        #expect(early.wait(now: now) == .seconds(15 * 3_600))
        #expect(late.wait(now: now) == .seconds(15 * 3_600 + 1_800))

        (early, late) = (.hourly(share: 0), .hourly(share: 0.5))
        #expect(early.wait(now: now) == .zero && late.wait(now: now) == .seconds(5))
        #expect(early.wait(now: now) == .seconds(3_600) && late.wait(now: now) == .seconds(1_800))
    }
}
