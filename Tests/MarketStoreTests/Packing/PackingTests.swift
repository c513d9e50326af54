import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

@Suite struct PackingTests {
    private static let series = Series.of("ES.c.0", .oneMinute)
    private static let day = range("2025-06-03T00:00:00Z", "2025-06-04T00:00:00Z")
    private static let week = Duration.seconds(7 * 86_400)

    private static func bars(_ range: TimeRange, raisedBy raise: Double = 0) -> [Bar] {
        stride(from: range.start.nanoseconds, to: range.end.nanoseconds, by: 60_000_000_000).enumerated().map {
            let price = 5_000.25 + Double($0 % 17) * 0.25 + raise
            return Bar(
                timestamp: Timestamp(nanoseconds: $1),
                open: price,
                high: price + 1,
                low: price - 0.5,
                close: price + 0.25,
                volume: Double($0 * 7 % 501)
            )
        }
    }

    /// The same database for a program that packs nothing.
    private static func keepingRows(_ fixture: StoreFixture) -> MarketStore {
        let clock = fixture.clock
        return MarketStore(database: fixture.test.database, packAfter: nil, clock: { clock.now }, logger: .silent)
    }

    private static func counts(_ fixture: StoreFixture) async throws -> [Int] {
        try await fixture.test.database.read { transaction in
            try ["bars_cache", "bars_packed"].map { table in
                try transaction.query("SELECT count(*) FROM \(table)") { Int(try $0.integer(0)) }[0]
            }
        }
    }

    /// As if a part of the series had never been known.
    private static func forgetCoverage(_ fixture: StoreFixture, _ range: TimeRange) async throws {
        try await fixture.test.database.write { transaction in
            var row = try SeriesRow.lock(self.series, in: transaction).own
            row.coverage.remove(range)
            try row.save(in: transaction)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func finalBarsOfAnOldStretchAreStoredAsABlockAtOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let bars = Self.bars(Self.day)

            try await fixture.store(bars, Self.day, settledEnd: "2025-06-05", series: Self.series)

            #expect(try await Self.counts(fixture) == [0, 1])
            let slice = try await fixture.everything(Self.series)
            #expect(slice.records == bars, "all of them final")
            #expect(slice.version == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whatIsYoungerOrNotFinalStaysInRows(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            // A day that ended a week ago all but a second, and an older one that had not settled.
            fixture.clock.set(time("2025-06-10T23:59:59Z"))
            try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: Self.series)
            let older = range("2025-06-01T00:00:00Z", "2025-06-02T00:00:00Z")
            try await fixture.store(Self.bars(older), older, settledEnd: "2025-06-01T12:00:00Z", series: Self.series)
            #expect(try await Self.counts(fixture) == [2_880, 0])

            for start in [older.start, Self.day.start] {
                let step = try await fixture.store.packNext(Self.series, from: start, olderThan: Self.week)
                #expect(step.moved == nil)
            }
            #expect(try await Self.counts(fixture) == [2_880, 0])

            fixture.clock.advance(seconds: 1)
            let skipped = try await fixture.store.packNext(Self.series, from: .earliest, olderThan: Self.week)
            #expect(skipped == PackingStep(moved: nil, next: older.end))
            let step = try await fixture.store.packNext(Self.series, from: older.end, olderThan: Self.week)
            #expect(step.moved?.stretch == Self.day)
            #expect(step.moved?.barCount == 1_440)
            #expect(step.next == Self.day.end)
            #expect(try await Self.counts(fixture) == [1_440, 1])
            #expect(try await fixture.everything(Self.series).version == 2, "readers need not look again")
            #expect(try await fixture.store.packNext(Self.series, from: Self.day.end, olderThan: Self.week) == .end)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func lateCorrectionOfAPackedBarRaisesItsRevision(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: Self.series)
            let hour = range("2025-06-03T10:00:00Z", "2025-06-03T11:00:00Z")
            var corrected = Self.bars(Self.day).filter { hour.contains($0.timestamp) }
            corrected[30].high += 5
            corrected.remove(at: 40)
            fixture.clock.advance(seconds: 60)

            let outcome = try await fixture.store(
                corrected,
                hour,
                settledEnd: "2025-06-05",
                mode: .refresh,
                series: Self.series
            )

            #expect(outcome.revised.map(\.revision) == [2])
            #expect(outcome.removed == 1)
            #expect(outcome.unchanged == 58)
            #expect(outcome.changes.count == 2)
            #expect(try await Self.counts(fixture) == [0, 1])
            let slice = try await fixture.everything(Self.series)
            #expect(slice.records.count == 1_439)
            #expect(slice.records.filter { $0.revision == 2 }.map(\.high) == [corrected[30].high])
            #expect(slice.version == 2)
            let fetched = try await fixture.store.oldestFetch(of: Self.series, in: hour)
            #expect(fetched == fixture.clock.now, "confirmed bars were fetched now")
            let before = try await fixture.store.oldestFetch(of: Self.series, in: Self.day)
            #expect(before == fixture.clock.now.before(.seconds(60)), "the others were not")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func withoutPackingNothingNewIsPackedAndBlocksAreStillReadAndCorrected(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let never = Self.keepingRows(fixture)
            try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: Self.series)
            let next = range("2025-06-04T00:00:00Z", "2025-06-04T01:00:00Z")
            let both = range("2025-06-03T23:00:00Z", "2025-06-04T01:00:00Z")
            let piece = StoredPiece(
                series: Self.series,
                records: Self.bars(both, raisedBy: 3),
                range: both,
                settledEnd: time("2025-06-05"),
                mode: .refresh
            )

            let outcome = try await never.storeBars(piece)

            #expect(outcome.revised.count == 60)
            #expect(outcome.inserted == 60)
            #expect(try await Self.counts(fixture) == [60, 1])
            let slice = try await never.bars(Self.series, in: both, limit: nil)
            #expect(
                slice.records
                    == piece.records.map { bar in
                        var bar = bar
                        bar.revision = next.contains(bar.timestamp) ? 1 : 2
                        return bar
                    }
            )
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func rowsThatAnotherProgramWroteBesideABlockAreReadAndPackedWithIt(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: Self.series)
            // A newer revision of one bar, another with equal revision, and one that is the same.
            var others = Array(Self.bars(Self.day)[10..<13])
            others[0].close = 4_999.75
            others[0].revision = 2
            others[1].close = 4_999.75
            try await fixture.test.database.write { [others] transaction in
                try transaction.upsert(Bar.upsert(others, series: Self.series, fetchedAt: .constant(.integer(1))))
            }
            var expected = Self.bars(Self.day)
            expected[10] = others[0]

            // Between equal revisions the row counts, which was written later.
            expected[11] = others[1]
            #expect(try await fixture.everything(Self.series).records == expected)
            let step = try await fixture.store.packNext(Self.series, from: .earliest, olderThan: Self.week)
            #expect(step.moved?.barCount == 1_440)
            #expect(try await Self.counts(fixture) == [0, 1])
            #expect(try await fixture.everything(Self.series).records == expected)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func recentBarsReadNoMoreBlocksThanTheyNeed(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let month = range("2025-06-01T00:00:00Z", "2025-07-01T00:00:00Z")
            try await fixture.store(Self.bars(month), month, settledEnd: "2025-07-02", series: Self.series)
            #expect(try await Self.counts(fixture) == [0, 30])
            let asked: [(SeriesReader<Bar>.Selection, Int)] = [
                (.newest(before: time("2025-06-20T12:00:00Z"), count: 100), 2),
                (.newest(before: time("2025-06-20T12:00:00Z"), count: 1_441), 3),
                (.newest(before: time("2025-06-20T12:00:00Z"), count: 0), 0),
                (.newest(before: time("2025-05-20T12:00:00Z"), count: 5), 0),
                (.range(month, limit: 1), 2),
                (.range(month, limit: 1_441), 3),
                (.range(month, limit: 0), 0),
                (.range(range("2025-06-10T12:00:00Z", "2025-06-11T00:00:00Z"), limit: nil), 1),
            ]
            for (selection, count) in asked {
                let found = try await fixture.test.database.read { transaction in
                    try BlockTable.selecting(Self.series, selection).map {
                        try transaction.query($0.sql, $0.parameters, row: PackedBlock.init(row:)).count
                    }
                }
                #expect(found ?? 0 == count, "\(selection)")
            }
            // Where enough rows are newer no block is read.
            let now = range("2025-07-01T00:00:00Z", "2025-07-01T02:00:00Z")
            let never = Self.keepingRows(fixture)
            let piece = StoredPiece(
                series: Self.series,
                records: Self.bars(now),
                range: now,
                settledEnd: now.end
            )
            _ = try await never.storeBars(piece)
            for (count, blocks) in [(120, 0), (121, 2)] {
                let found = try await fixture.test.database.read { transaction in
                    try BlockTable.selecting(Self.series, .newest(before: now.end, count: count)).map {
                        try transaction.query($0.sql, $0.parameters, row: PackedBlock.init(row:)).count
                    }
                }
                #expect(found == blocks, "\(count) bars")
                let recent = try await never.recentBars(Self.series, before: now.end, count: count)
                #expect(recent.records.count == count)
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clearingASeriesClearsItsBlocks(_ kind: TestDatabase.Kind) async throws {
        for scope in [ClearScope.all, .symbol("ES.c.0", provider: nil), .series(Self.series)] {
            try await StoreFixture.with(kind) { fixture in
                try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: Self.series)
                let other = Series.of("NQ.c.0", .oneMinute)
                try await fixture.store(Self.bars(Self.day), Self.day, settledEnd: "2025-06-05", series: other)

                let outcome = try await fixture.store.clear(scope)

                #expect(outcome.barCount == (scope == .all ? 2_880 : 1_440))
                #expect(try await fixture.everything(Self.series).records.isEmpty)
                #expect(try await fixture.everything(other).records.count == (scope == .all ? 0 : 1_440))
            }
        }
    }

    /// A program from before there were blocks must not take the rows for all there is.
    @Test(arguments: TestDatabase.kinds)
    func coverageSaysWhetherThereAreBlocks(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            func firstByte() async throws -> UInt8? {
                try await fixture.test.database.read { transaction in
                    try transaction.query("SELECT coverage FROM series") { try $0.blob(0) }[0].first
                }
            }
            let never = Self.keepingRows(fixture)
            let piece = StoredPiece(
                series: Self.series,
                records: Self.bars(Self.day),
                range: Self.day,
                settledEnd: time("2025-06-05")
            )
            _ = try await never.storeBars(piece)
            #expect(try await firstByte() == 1)
            _ = try await never.packNext(Self.series, from: .earliest, olderThan: Self.week)
            #expect(try await firstByte() == 2)
            var next: Timestamp? = .earliest
            while let start = next { next = try await never.unpackNext(Self.series, from: start).next }
            #expect(try await firstByte() == 1)
            // A block that a provisional bar turned into rows leaves nothing to be unpacked.
            _ = try await fixture.store.storeBars(piece)
            #expect(try await firstByte() == 2)
            var provisional = piece
            provisional.range = range("2025-06-03T00:00:00Z", "2025-06-04T00:00:00Z")
            provisional.settledEnd = time("2025-06-03")
            provisional.mode = .refresh
            _ = try await fixture.store.clear(.all)
            _ = try await fixture.store.storeBars(piece)
            try await Self.forgetCoverage(fixture, range("2025-06-03T12:00:00Z", "2025-06-04T00:00:00Z"))
            _ = try await fixture.store.storeBars(provisional)
            #expect(try await Self.counts(fixture) == [1_440, 0])
            #expect(try await firstByte() == 2)
            #expect(try await fixture.store.unpackNext(Self.series, from: .earliest) == .end)
            #expect(try await firstByte() == 1)
            _ = try await fixture.store.storeBars(piece)
            #expect(try await firstByte() == 2)
            _ = try await fixture.store.clear(.all)
            #expect(try await firstByte() == 1)
        }
    }

    @Test(arguments: Timeframe.allCases)
    func stretchesAreWholePeriodsAndFollowEachOther(_ timeframe: Timeframe) {
        let length = timeframe.stretchNanoseconds
        #expect(length % timeframe.nanoseconds == 0)
        for moment in ["1990-01-01", "2025-06-03T12:34:56.789Z", "2199-12-31T23:59:59Z"].map(time) {
            let stretch = timeframe.stretch(of: moment)
            #expect(stretch.contains(moment))
            #expect(stretch.nanoseconds == length)
            #expect(timeframe.floor(stretch.start) == stretch.start)
            #expect(timeframe.stretch(of: stretch.start) == stretch)
            #expect(timeframe.stretch(of: stretch.end).start == stretch.end)
        }
        if length % Timeframe.oneDay.nanoseconds == 0, length > Timeframe.oneDay.nanoseconds {
            let monday = timeframe.stretch(of: time("2025-06-03")).start
            #expect((monday.nanoseconds - time("2026-01-05").nanoseconds) % (7 * Timeframe.oneDay.nanoseconds) == 0)
        }
    }
}
