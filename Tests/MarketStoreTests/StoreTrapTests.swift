import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

/// One test for each mistake that made earlier market-data caches wrong.
@Suite struct StoreTrapTests {
    private let series = Series.of()

    @Test(arguments: TestDatabase.kinds)
    func partialBarDoesNotFreeze(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-07T10:00:00Z", "2026-01-07T12:00:00Z")
            let bars = [Bar.at("2026-01-07T10:00:00Z", 100), .at("2026-01-07T11:00:00Z", 101, volume: 3)]
            let forming = try await fixture.store(bars, stretch, settledEnd: "2026-01-07T11:20:00Z")
            #expect(forming.records.map(\.isFinal) == [true, false])
            #expect(
                !forming.coverage.fresh(at: fixture.clock.now, lifetime: 0).contains(time("2026-01-07T11:00:00Z"))
            )

            fixture.clock.advance(seconds: 3_600)
            let whole = [Bar.at("2026-01-07T11:00:00Z", 104, volume: 50)]
            let over = try await fixture.store(
                whole,
                range("2026-01-07T11:00:00Z", "2026-01-07T12:00:00Z"),
                settledEnd: "2026-01-07T12:30:00Z"
            )

            #expect(over.revised.map(\.revision) == [2])
            let slice = try await fixture.store.bars(self.series, in: stretch, limit: nil)
            #expect(slice.records.map(\.volume) == [10, 50])
            #expect(slice.records.map(\.isFinal) == [true, true])
            #expect(slice.coverage.provisional.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func lateUnsettledAnswerDoesNotReplaceAFinalBar(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-07T11:00:00Z", "2026-01-07T12:00:00Z")
            let final = try await fixture.store(
                [.at("2026-01-07T11:00:00Z", 104)],
                stretch,
                settledEnd: "2026-01-07T12:30:00Z"
            )

            for mode in [StoreMode.fetch, .refresh] {
                for late in [[], [Bar.at("2026-01-07T11:00:00Z", 101)]] {
                    let outcome = try await fixture.store(
                        late,
                        stretch,
                        settledEnd: "2026-01-07T11:20:00Z",
                        mode: mode
                    )

                    #expect(outcome.records == final.records)
                    #expect(outcome.version == final.version)
                    #expect(outcome.outdated == late.count)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func weekendAndHolidayAreKnownToBeEmpty(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let days = Series.of("ES.c.0", .oneDay)
            // Thursday 2026-01-01 is a holiday, 3 and 4 are a weekend.
            let stretch = range("2025-12-31", "2026-01-06")
            let bars = [
                Bar.at("2025-12-31T00:00:00Z", 100), .at("2026-01-02T00:00:00Z", 101),
                .at("2026-01-05T00:00:00Z", 102),
            ]
            _ = try await fixture.store(bars, stretch, settledEnd: "2026-01-07", series: days)

            let weekend = range("2026-01-03", "2026-01-05")
            let slice = try await fixture.store.bars(days, in: weekend, limit: nil)
            #expect(slice.records.isEmpty)
            #expect(slice.coverage.final.gaps(in: weekend).isEmpty)
            #expect(slice.coverage.final.gaps(in: range("2026-01-01", "2026-01-02")).isEmpty)

            let recent = try await fixture.store.recentBars(days, before: time("2026-01-06"), count: 3)
            #expect(recent.records.map(\.timestamp) == bars.map(\.timestamp))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func quietHoursLeaveNoGapBetweenBarsFarApart(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let minutes = Series.of("ZRZ9", .oneMinute)
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T08:00:00Z")
            let bars = [Bar.at("2026-01-05T00:03:00Z", 100), .at("2026-01-05T07:58:00Z", 100)]
            let outcome = try await fixture.store(bars, stretch, settledEnd: "2026-01-06", series: minutes)

            #expect(outcome.coverage.final == RangeSet(stretch))
            let slice = try await fixture.store.bars(minutes, in: stretch, limit: nil)
            #expect(slice.records == bars)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func emptyAnswerIsRemembered(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-03", "2026-01-04")
            let outcome = try await fixture.store([], stretch, settledEnd: "2026-01-05")

            #expect(outcome.version == 1)
            let slice = try await fixture.store.bars(self.series, in: stretch, limit: nil)
            #expect(slice.version == 1)
            #expect(slice.coverage.final.contains(stretch))

            // What was empty before it had settled is asked for again, and may then bring bars.
            let open = range("2026-01-07T11:00:00Z", "2026-01-07T12:00:00Z")
            _ = try await fixture.store([], open, settledEnd: "2026-01-07T11:00:00Z")
            let filled = try await fixture.store(
                [.at("2026-01-07T11:00:00Z", 1)],
                open,
                settledEnd: "2026-01-07T12:00:00Z"
            )
            #expect(filled.inserted == 1)
            #expect(filled.records.map(\.isFinal) == [true])
        }
    }

    @Test(
        arguments: TestDatabase.kinds,
        [9_223_372_036.854775807, -9_223_372_036.854775808, .nan, .infinity, -.infinity]
    )
    func markForNoPriceIsRefusedAndChangesNothing(_ kind: TestDatabase.Kind, price: Double) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")
            var broken = Bar.at("2026-01-05T01:00:00Z", 100)
            broken.close = price

            let error = await #expect(throws: StoreError.self) {
                try await fixture.store([.at("2026-01-05T00:00:00Z", 1), broken], stretch, settledEnd: "2026-01-06")
            }

            #expect(error?.code == .invalidRecord)
            #expect(error?.message.contains("2026-01-05T01:00:00Z") == true)
            #expect(error?.message.contains("close") == true)
            let slice = try await fixture.store.bars(self.series, in: stretch, limit: nil)
            #expect(slice.version == 0 && slice.records.isEmpty && slice.coverage.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func pricesBelowZeroAreLegal(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            // The May 2020 contract of crude oil settled at -37.63.
            let bar = Bar(
                timestamp: time("2020-04-20T18:00:00Z"),
                open: -2.5,
                high: -0.0,
                low: -40.32,
                close: -37.63,
                volume: 1_234
            )
            let stretch = range("2020-04-20T18:00:00Z", "2020-04-20T19:00:00Z")
            let first = try await fixture.store([bar], stretch, settledEnd: "2020-04-21")
            let second = try await fixture.store([bar], stretch, settledEnd: "2020-04-21")

            #expect(first.records == [bar])
            #expect(second.unchanged == 1, "negative zero must not look like another value each time")
            let slice = try await fixture.store.bars(self.series, in: stretch, limit: nil)
            #expect(slice.records == second.records)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func overlappingPartialFetchAddsOnlyWhatWasMissing(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let hours = (0..<6).map { Bar.at("2026-01-05T0\($0):00:00Z", 100 + Double($0)) }
            _ = try await fixture.store(
                Array(hours[0..<4]),
                range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z"),
                settledEnd: "2026-01-06"
            )

            let outcome = try await fixture.store(
                Array(hours[2..<6]),
                range("2026-01-05T02:00:00Z", "2026-01-05T06:00:00Z"),
                settledEnd: "2026-01-06"
            )

            #expect(outcome.inserted == 2 && outcome.unchanged == 2 && outcome.revised.isEmpty)
            #expect(outcome.coverage.final == RangeSet(range("2026-01-05T00:00:00Z", "2026-01-05T06:00:00Z")))
            let all = range("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
            #expect(try await fixture.store.bars(self.series, in: all, limit: nil).records == hours)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func twoProvidersMayQuoteOneInstant(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T03:00:00Z")
            let globex = [Bar.at("2026-01-05T00:00:00Z", 1), .at("2026-01-05T02:00:00Z", 1)]
            let nasdaq = [Bar.at("2026-01-05T00:00:00Z", 2), .at("2026-01-05T01:00:00Z", 2)]
            _ = try await fixture.store(globex, stretch, settledEnd: "2026-01-06")
            let other = Series.of("ES.c.0", .oneHour, .nasdaq)
            _ = try await fixture.store(nasdaq, stretch, settledEnd: "2026-01-06", series: other)

            for (priority, prices) in [
                ([ProviderID.globex, .nasdaq], [1.0, 2, 1]), ([.nasdaq, .globex], [2, 2, 1]),
                ([.nasdaq, .simulated], [2, 2]),
            ] {
                let merged = try await fixture.store.bars(
                    symbol: "ES.c.0",
                    timeframe: .oneHour,
                    in: stretch,
                    priority: priority,
                    limit: nil
                )
                #expect(merged.entries.map(\.bar.open) == prices)
                #expect(merged.slices.map(\.version) == priority.map { $0 == .simulated ? 0 : 1 })
            }
            #expect(try await fixture.store.bars(self.series, in: stretch, limit: nil).records == globex)
            #expect(try await fixture.store.bars(other, in: stretch, limit: nil).records == nasdaq)

            let quotes = Series.of("ES.c.0", .oneMinute, kind: .quotes)
            let otherQuotes = Series.of("ES.c.0", .oneMinute, .nasdaq, kind: .quotes)
            for (series, bid) in [(quotes, 1.0), (otherQuotes, 2.0)] {
                let piece = StoredPiece(
                    series: series,
                    records: [Quote.at("2026-01-05T00:00:00Z", bid)],
                    range: stretch,
                    settledEnd: time("2026-01-06")
                )
                _ = try await fixture.store.storeQuotes(piece)
            }
            #expect(try await fixture.store.quotes(quotes, in: stretch, limit: nil).records.map(\.bidPrice) == [1])
            #expect(try await fixture.store.quotes(otherQuotes, in: stretch, limit: nil).records.map(\.bidPrice) == [2])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func correctionAfterAWeekGetsTheNextRevision(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T03:00:00Z")
            let bars = (0..<3).map { Bar.at("2026-01-05T0\($0):00:00Z", 100) }
            _ = try await fixture.store(bars, stretch, settledEnd: "2026-01-06")

            fixture.clock.advance(seconds: 7 * 86_400)
            var corrected = bars
            corrected[1].close = 100.75
            corrected.remove(at: 2)
            let outcome = try await fixture.store(corrected, stretch, settledEnd: "2026-01-13", mode: .refresh)

            #expect(outcome.version == 2)
            #expect(outcome.revised.map(\.close) == [100.75])
            #expect(outcome.revised.map(\.revision) == [2])
            #expect(outcome.removed == 1)
            let slice = try await fixture.store.bars(self.series, in: stretch, limit: nil)
            #expect(slice.records == outcome.records)
            #expect(slice.records.map(\.revision) == [1, 2])
            #expect(try await fixture.store.oldestFetch(of: self.series, in: stretch) == fixture.clock.now)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func dayCutAtTodaysMidnightIsWholeOnlyOnceItHasSettled(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let days = Series.of("ES.c.0", .oneDay)
            // The answer ends at today's 00:00, but the data had settled only up to ten minutes before.
            let yesterday = range("2026-01-06", "2026-01-07")
            let cut = try await fixture.store(
                [.at("2026-01-06T00:00:00Z", 100)],
                yesterday,
                settledEnd: "2026-01-06T23:50:00Z",
                series: days
            )
            #expect(cut.records.map(\.isFinal) == [false])
            #expect(cut.coverage.provisional.map(\.range) == [yesterday])

            let whole = try await fixture.store(
                [.at("2026-01-06T00:00:00Z", 101)],
                yesterday,
                settledEnd: "2026-01-07T00:00:00Z",
                series: days
            )
            #expect(whole.records.map(\.isFinal) == [true])
            #expect(whole.records.map(\.revision) == [2])

            // Today's bar, fetched over the whole day, is provisional although yesterday's is final.
            let both = try await fixture.store(
                [.at("2026-01-06T00:00:00Z", 101), .at("2026-01-07T00:00:00Z", 102)],
                range("2026-01-06", "2026-01-08"),
                settledEnd: "2026-01-07T11:50:00Z",
                series: days
            )
            #expect(both.records.map(\.isFinal) == [true, false])
        }
    }
}
