import MarketData
import Testing

@testable import Tapedeck

@Suite struct RecentWindowsTests {
    private func windows(_ timeframe: Timeframe, end: String, count: Int, limit: String = "2020-01-01T00:00:00Z") throws
        -> RecentWindows
    {
        RecentWindows(timeframe: timeframe, end: try time(end), limit: try time(limit), count: count)
    }

    @Test func firstWindowIsALittleLongerThanWhatIsWanted() throws {
        let windows = try self.windows(.oneHour, end: "2026-01-14T16:00:00Z", count: 24)

        // 24 + 24 / 4 + 2 hours, all on weekdays.
        #expect(windows.current == (try range("2026-01-13T08:00:00Z", "2026-01-14T16:00:00Z")))
    }

    @Test func weekendsAreNotCounted() throws {
        let monday = try self.windows(.oneMinute, end: "2026-01-12T00:10:00Z", count: 24)
        let sunday = try self.windows(.oneHour, end: "2026-01-11T12:00:00Z", count: 8)
        let days = try self.windows(.oneDay, end: "2026-01-14T00:00:00Z", count: 8)

        #expect(monday.current?.start == (try time("2026-01-09T23:38:00Z")))
        #expect(sunday.current?.start == (try time("2026-01-09T12:00:00Z")))
        #expect(days.current?.start == (try time("2025-12-29T00:00:00Z")), "12 weekdays")
    }

    @Test func windowsGrowUntilTheyReachBeyondWhatIsKnownAndEndAtTheLimit() throws {
        var windows = try self.windows(
            .oneMinute,
            end: "2026-01-14T16:00:00Z",
            count: 10,
            limit: "2026-01-13T00:00:00Z"
        )
        windows.widen(found: 0, known: try time("2026-01-14T16:00:00Z"))
        #expect(windows.current?.start == (try time("2026-01-14T15:04:00Z")))
        windows.widen(found: 5, known: try time("2026-01-14T14:00:00Z"))
        let start = try #require(windows.current).start
        #expect(start < (try time("2026-01-14T14:00:00Z")))
        #expect(!windows.isWidest)
        windows.widen(found: 9, known: try time("2026-01-01T00:00:00Z"))
        #expect(windows.isWidest)
        #expect(windows.current?.start == (try time("2026-01-13T00:00:00Z")))
    }

    @Test func hugeCountsDoNotOverflow() throws {
        var windows = try self.windows(.oneDay, end: "2026-01-14T00:00:00Z", count: 1_000_000)
        for _ in 0..<80 { windows.widen(found: 0, known: try time("2026-01-14T00:00:00Z")) }

        #expect(windows.isWidest)
    }

    @Test func providerWithNothingHasNoWindow() throws {
        let windows = try self.windows(.oneHour, end: "2026-01-14T00:00:00Z", count: 5, limit: "2026-01-14T00:00:00Z")

        #expect(windows.current == nil && windows.isWidest)
    }
}
