import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

@Suite struct SeriesListTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z")

    @Test(arguments: TestDatabase.kinds)
    func seriesAreListedPageByPageWithTheirRecords(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let all: [Series] = [
                .of("AAPL", .oneDay, .nasdaq), .of("ES.c.0", .oneDay), .of("ES.c.0", .oneHour),
                .of("ES.c.0", .oneMinute, kind: .quotes), .of("ES.c.0", .oneHour, .simulated),
            ]
            for series in all.reversed() where series.kind == .bars {
                let bars: [Bar] = [.at("2026-01-05T00:00:00Z", 1)]
                _ = try await fixture.store(bars, Self.stretch, settledEnd: "2026-01-06", series: series)
            }
            _ = try await fixture.store.storeQuotes(
                StoredPiece(series: all[3], records: [], range: Self.stretch, settledEnd: time("2026-01-06"))
            )

            var pages: [[Series]] = []
            repeat {
                let page = try await fixture.store.seriesList(after: pages.last?.last, limit: 2)
                pages.append(page.map(\.series))
            } while pages.last?.isEmpty == false
            #expect(pages == [Array(all[0..<2]), Array(all[2..<4]), [all[4]], []])

            let counted = try await fixture.store.seriesList(symbol: "ES.c.0", provider: .globex, countingRecords: true)
            #expect(counted.map(\.series) == Array(all[1...3]))
            #expect(counted.map(\.records?.count) == [1, 1, 0])
            #expect(counted.map(\.records?.first) == [Self.stretch.start, Self.stretch.start, nil])
            #expect(counted.map(\.coverage.final) == [RangeSet](repeating: RangeSet(Self.stretch), count: 3))
            #expect(counted.map(\.version) == [1, 1, 1])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func seriesOfANewerProgramAreLeftOut(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store([], Self.stretch, settledEnd: "2026-01-06")
            _ = try await fixture.test.database.write { try $0.execute("UPDATE series SET timeframe = '3h'") }

            #expect(try await fixture.store.seriesList().isEmpty)
            #expect(try await fixture.store.clear(.all).series.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func damagedCoverageIsToldAndCanBeCleared(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store([.at("2026-01-05T00:00:00Z", 1)], Self.stretch, settledEnd: "2026-01-06")
            _ = try await fixture.test.database.write { transaction in
                try transaction.execute("UPDATE series SET coverage = $1", [.blob([9, 9])])
            }

            let error = await #expect(throws: StoreError.self) { try await fixture.everything() }
            #expect(error?.code == .corruptRow)

            let outcome = try await fixture.store.clear(.series(.of()))
            #expect(outcome.series == [.init(series: .of(), version: 2)])
            #expect(try await fixture.everything().coverage.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func statisticsCountRowsAndBytes(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store([.at("2026-01-05T00:00:00Z", 1)], Self.stretch, settledEnd: "2026-01-06")

            let statistics = try await fixture.store.statistics()

            #expect(statistics.tables.count == 10)
            #expect(statistics.table("bars_cache")?.rowCount == 1)
            #expect(statistics.table("series")?.rowCount == 1)
            #expect(statistics.table("series")?.accuracy == .exact)
            #expect(statistics.growth == nil, "no worker has noted a size yet")
            #expect((statistics.table("bars_cache")?.byteCount != nil) == (kind == .postgres))
            #expect(statistics.databaseByteCount > 0)
        }
    }

    @Test(.enabled(if: TestDatabase.kinds.contains(.postgres), "TAPEDECK_TEST_POSTGRES is not set"))
    func largeTableOfPostgresShowsAnEstimateAndSaysSo() async throws {
        try await StoreFixture.with(.postgres) { fixture in
            _ = try await fixture.test.database.write { transaction in
                try transaction.execute(
                    "INSERT INTO latest_fetches SELECT CAST(n AS TEXT), 'x', 0 FROM generate_series(1, 150000) AS n"
                )
                try transaction.execute("ANALYZE latest_fetches")
            }

            let table = try await fixture.store.statistics().table("latest_fetches")
            _ = try await fixture.test.database.write { transaction in
                try transaction.execute(
                    "INSERT INTO latest_fetches SELECT CAST(n AS TEXT), 'y', 0 FROM generate_series(1, 150000) AS n"
                )
            }
            let grown = try await fixture.store.statistics().table("latest_fetches")

            #expect(table?.accuracy == .estimate)
            #expect((140_000...160_000).contains(table?.rowCount ?? 0))
            #expect((280_000...320_000).contains(grown?.rowCount ?? 0), "also before it is analysed again")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func countingStopsAtALimitAndSaysSo(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let bars = (0..<6).map { Bar.at("2026-01-05T0\($0):00:00Z", 1) }
            _ = try await fixture.store(bars, range("2026-01-05", "2026-01-06"), settledEnd: "2026-01-06")

            let table = try await fixture.store.statistics(countingRows: 4).table("bars_cache")
            let whole = try await fixture.store.statistics(countingRows: 6).table("bars_cache")

            #expect(table?.rowCount == 4 && table?.accuracy == .atLeast)
            #expect(whole?.rowCount == 6 && whole?.accuracy == .exact)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func growthIsToldFromTheSizesOfTheLastDay(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            for _ in 0..<3 { try await fixture.store.noteDatabaseSize() }
            let first = fixture.clock.now
            fixture.clock.advance(seconds: 7_200)
            #expect(try await fixture.store.statistics().growth?.since == first, "the oldest there is")

            for _ in 0..<40 {
                try await fixture.store.noteDatabaseSize()
                fixture.clock.advance(seconds: 3_600)
            }
            let dayAgo = fixture.clock.now.advancedSaturating(byNanoseconds: -86_400_000_000_000)
            #expect(try await fixture.store.statistics().growth?.since == dayAgo)

            fixture.clock.advance(seconds: (DatabaseSizes.keptHoursMax + 1) * 3_600)
            try await fixture.store.noteDatabaseSize()
            #expect(try await fixture.store.statistics().table("database_sizes")?.rowCount == 1, "old sizes go")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func seriesWhoseCoverageIsCorruptAndBarsWithoutASeriesAreFound(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store([.at("2026-01-05T00:00:00Z", 1)], Self.stretch, settledEnd: "2026-01-06")
            #expect(try await fixture.store.orphanedBars(limit: 10, timeout: .seconds(60)).isEmpty)
            _ = try await fixture.test.database.write { transaction in
                try transaction.execute("UPDATE series SET coverage = $1", [.blob([99])])
                try transaction.execute("UPDATE bars_cache SET symbol = 'LOST'")
            }

            #expect(try await fixture.store.seriesNames() == [.of()])
            let orphans = try await fixture.store.orphanedBars(limit: 10, timeout: .seconds(60))
            #expect(orphans.map(\.symbol) == ["LOST"] && orphans.map(\.count) == [1])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func checkForChangedDaysIsRemembered(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            #expect(try await !fixture.store.markChecked(.of(), after: nil))
            #expect(try await fixture.store.lastChecked(.of()) == nil, "nothing was ever stored of the series")

            _ = try await fixture.store([], Self.stretch, settledEnd: "2026-01-06")
            #expect(try await fixture.store.lastChecked(.of()) == nil)
            for _ in 0..<2 {
                let last = try await fixture.store.lastChecked(.of())
                fixture.clock.advance(seconds: 86_400)
                #expect(try await fixture.store.markChecked(.of(), after: last))
                #expect(try await fixture.store.lastChecked(.of()) == fixture.clock.now)
                #expect(try await !fixture.store.markChecked(.of(), after: last), "another worker was first")
            }
            #expect(try await fixture.everything().changedDaysCheckedAt == fixture.clock.now)
            #expect(try await fixture.store.lastChecked(.of("ES.c.0", .oneDay)) == nil)
            let earlier = fixture.clock.now
            fixture.clock.advance(seconds: 86_400)
            #expect(try await fixture.store.markChecked(.of(), after: earlier))
            try await fixture.store.unmarkChecked(.of(), to: earlier)
            #expect(try await fixture.store.lastChecked(.of()) == earlier)
            try await fixture.store.unmarkChecked(.of(), to: nil)
            #expect(try await fixture.store.lastChecked(.of()) == nil)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func oldestFetchIsTheLongestUnconfirmedRecordOfAStretch(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            #expect(try await fixture.store.oldestFetch(of: .of(), in: Self.stretch) == nil)
            let first = fixture.clock.now
            let bars = (0..<4).map { Bar.at("2026-01-05T0\($0):00:00Z", 1) }
            _ = try await fixture.store(bars, Self.stretch, settledEnd: "2026-01-06")
            fixture.clock.advance(seconds: 60)
            let half = range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")
            _ = try await fixture.store(Array(bars[0..<2]), half, settledEnd: "2026-01-06", mode: .refresh)

            #expect(try await fixture.store.oldestFetch(of: .of(), in: half) == fixture.clock.now)
            #expect(try await fixture.store.oldestFetch(of: .of(), in: Self.stretch) == first)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func databaseClockIsTheServersInNanoseconds(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let clock = StoreClock(given: nil)
            let seconds =
                switch fixture.test.database.dialect {
                case .sqlite: "CAST(strftime('%s', 'now') AS INTEGER)"
                case .postgres: "CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)"
                }
            let (before, now, after) = try await fixture.test.database.write { transaction in
                let before = try transaction.query("SELECT \(seconds)") { try $0.integer(0) }
                let now = try clock.now(in: transaction)
                let after = try transaction.query("SELECT \(seconds)") { try $0.integer(0) }
                return (before[0], now, after[0])
            }

            #expect(before <= now.nanoseconds / 1_000_000_000)
            #expect(now.nanoseconds / 1_000_000_000 <= after)
            #expect(now.nanoseconds % (kind == .postgres ? 1_000 : 1_000_000) == 0)

            let store = MarketStore(database: fixture.test.database, logger: .silent)
            let outcome = try await store.storeBars(
                StoredPiece(series: .of(), records: [], range: Self.stretch, settledEnd: Self.stretch.start)
            )
            let known = try await store.coverage(of: .of())
            #expect(outcome.coverage.provisional.map(\.fetchedAt) == [outcome.databaseNow])
            #expect(outcome.databaseNow.nanoseconds / 1_000_000_000 >= before)
            #expect(known.coverage == outcome.coverage)
        }
    }

    @Test func storedDataOutliveTheProcess() async throws {
        try await TemporaryFolder.with { folder in
            let url = "sqlite:\(folder.path)/market.db"
            let bar = Bar.at("2026-01-05T00:00:00Z", 1)
            for round in 0..<2 {
                let database = try await Database.connect(url, logger: .silent)
                let store = MarketStore(database: database, logger: .silent)
                try await store.migrate()
                let slice = try await store.bars(.of(), in: Self.stretch, limit: nil)
                #expect(slice.records == (round == 0 ? [] : [bar]))
                _ = try await store.storeBars(
                    StoredPiece(series: .of(), records: [bar], range: Self.stretch, settledEnd: time("2026-01-06"))
                )
                await database.close()
            }
        }
    }
}
