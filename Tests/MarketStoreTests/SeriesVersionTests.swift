import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@Suite struct SeriesVersionTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")
    private static let bars = [Bar.at("2026-01-05T00:00:00Z", 1), .at("2026-01-05T01:00:00Z", 1)]

    @Test(arguments: TestDatabase.kinds)
    func confirmingFinalBarsRenewsTheirFetchTimeAndKeepsTheVersion(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let first = try await fixture.store(Self.bars, Self.stretch, settledEnd: "2026-01-06")
            fixture.clock.advance(seconds: 60)
            let second = try await fixture.store(Self.bars, Self.stretch, settledEnd: "2026-01-06", mode: .refresh)

            #expect(first.version == 1)
            #expect(second.version == 1)
            #expect(second.unchanged == 2)
            #expect(try await fixture.store.oldestFetch(of: .of(), in: Self.stretch) == fixture.clock.now)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newFetchTimeOfProvisionalBarsRaisesTheVersion(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store(Self.bars, Self.stretch, settledEnd: "2026-01-05T01:30:00Z")
            fixture.clock.advance(seconds: 60)
            let second = try await fixture.store(Self.bars, Self.stretch, settledEnd: "2026-01-05T01:30:00Z")

            #expect(second.version == 2)
            #expect(second.coverage.provisional.map(\.fetchedAt) == [fixture.clock.now])
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func concurrentWritersOfOneSeriesGetEachVersionOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let other = try await Database.connect(fixture.test.url, logger: .silent)
            let stores = [fixture.store, MarketStore(database: other, logger: .silent)]
            let versions = try await withThrowingTaskGroup(of: Int64.self) { group in
                for hour in 0..<40 {
                    let store = stores[hour % 2]
                    group.addTask {
                        let start = Self.stretch.start.advancedSaturating(
                            byNanoseconds: Int64(hour) * 1_800_000_000_000
                        )
                        let end = start.advancedSaturating(byNanoseconds: 7_200_000_000_000)
                        let stretch = try TimeRange(start: start, end: end)
                        let bars = Self.hourlyBars(in: stretch, price: Double(hour))
                        let piece = StoredPiece(
                            series: .of(),
                            records: bars,
                            range: stretch,
                            settledEnd: time("2026-01-07"),
                            mode: .refresh
                        )
                        return try await store.storeBars(piece).version
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            await other.close()

            #expect(versions.sorted() == Array(1...40))
            let slice = try await fixture.everything()
            #expect(slice.version == 40)
            #expect(slice.records.count == 22)
            #expect(slice.coverage.final.ranges.count == 1)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func writersOfNewSeriesDoNotMeetInDeadlocks(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<24 {
                    group.addTask {
                        let timeframe: Timeframe = index % 2 == 0 ? .oneMinute : .oneSecond
                        let series = Series.of("S\(index / 8)", timeframe, kind: .quotes)
                        let piece = StoredPiece(
                            series: series,
                            records: [Quote.at("2026-01-05T00:00:00Z", Double(index)), .at("2026-01-05T01:00:00Z", 1)],
                            range: Self.stretch,
                            settledEnd: time("2026-01-06")
                        )
                        _ = try await fixture.store.storeQuotes(piece)
                    }
                }
                try await group.waitForAll()
            }

            let list = try await fixture.store.seriesList()
            #expect(list.count == 6)
        }
    }

    private static func hourlyBars(in stretch: TimeRange, price: Double) -> [Bar] {
        let first = Timeframe.oneHour.ceiling(stretch.start).nanoseconds
        return stride(from: first, to: stretch.end.nanoseconds, by: Int64.Stride(3_600_000_000_000)).map { start in
            Bar(timestamp: Timestamp(nanoseconds: start), open: price, high: price, low: price, close: price, volume: 1)
        }
    }
}
