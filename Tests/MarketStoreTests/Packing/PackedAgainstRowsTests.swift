import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

/// The same random pieces go to two series, and whatever is asked of either, the answers are the same.
///
/// One is kept as rows for good, the other is packed and unpacked at random moments.
@Suite struct PackedAgainstRowsTests {
    @Test(arguments: TestDatabase.kinds)
    func packingChangesNoAnswer(_ kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        var blocksSeen = 0
        for timeframe in [Timeframe.oneSecond, .oneMinute, .oneHour, .oneDay] {
            let run = try await Self.runOnce(kind, timeframe, random)
            random = run.random
            blocksSeen += run.blocksSeen
        }
        #expect(blocksSeen > 20, "\(random): enough was packed")
    }

    private static func runOnce(
        _ kind: TestDatabase.Kind,
        _ timeframe: Timeframe,
        _ seeded: SeededRandom
    ) async throws -> (random: SeededRandom, blocksSeen: Int) {
        try await StoreFixture.with(kind) { fixture in
            var random = seeded
            let pair = PackedPair(fixture: fixture, timeframe: timeframe)
            var blocksSeen = 0
            for step in 0..<(kind == .sqliteMemory ? 80 : 40) {
                let comment: Comment = "\(random) \(timeframe) step \(step)"
                pair.moveClock(&random)
                switch Int.random(in: 0..<20, using: &random) {
                case 0..<12:
                    let piece = pair.piece(&random)
                    let outcomes = try await pair.store(piece)
                    try #require(outcomes.packed.records == outcomes.rows.records, comment)
                    try #require(outcomes.packed.version == outcomes.rows.version, comment)
                    try #require(outcomes.packed.revised == outcomes.rows.revised, comment)
                    try #require(outcomes.packed.changes == outcomes.rows.changes, comment)
                case 12..<17: try await pair.pack(&random)
                case 17..<19: try await pair.unpack(&random)
                default:
                    let counts = try await pair.clear()
                    try #require(counts.packed == counts.rows, comment)
                }
                try await pair.requireSameAnswers(&random, comment)
                blocksSeen += try await pair.blockCount()
            }
            // Back in rows they are the same rows, fetch times included.
            try await pair.unpackEverything()
            let dumps = try await pair.dumps()
            #expect(dumps.packed == dumps.rows, "\(random) \(timeframe)")
            return (random, blocksSeen)
        }
    }
}

/// The two series, and the times around the ends of two stretches at which their bars stand.
private struct PackedPair {
    let fixture: StoreFixture
    let timeframe: Timeframe
    let rows: Series
    let packed: Series
    /// Keeps rows.
    let rowStore: MarketStore
    /// Packs what is older than a part of a stretch.
    let packingStore: MarketStore
    let cells: [Timestamp]
    let whole: TimeRange

    init(fixture: StoreFixture, timeframe: Timeframe) {
        self.fixture = fixture
        self.timeframe = timeframe
        self.rows = .of("ROWS", timeframe)
        self.packed = .of("PACKED", timeframe)
        let clock = fixture.clock
        let database = fixture.test.database
        self.rowStore = MarketStore(database: database, packAfter: nil, clock: { clock.now }, logger: .silent)
        self.packingStore = MarketStore(
            database: database,
            packAfter: .nanoseconds(timeframe.stretchNanoseconds / 4),
            clock: { clock.now },
            logger: .silent
        )
        let first = timeframe.stretch(of: time("2025-06-03T12:00:00Z"))
        let second = timeframe.stretch(of: first.end)
        self.cells = [first.end, second.end].flatMap { boundary in
            (-10..<10).map { boundary.advancedSaturating(byNanoseconds: Int64($0) * timeframe.nanoseconds) }
        }
        self.whole = Self.between(self.cells[0], timeframe.end(ofPeriodStarting: self.cells[self.cells.count - 1]))
        fixture.clock.set(first.end)
    }

    private static func between(_ start: Timestamp, _ end: Timestamp) -> TimeRange {
        guard let range = TimeRange(start, end) else { preconditionFailure("\(start) ..< \(end) is empty") }
        return range
    }

    func moveClock(_ random: inout SeededRandom) {
        let jump = Int.random(in: 0..<8, using: &random) == 0 ? self.timeframe.stretchNanoseconds / 6 : 60_000_000_000
        self.fixture.clock.set(self.fixture.clock.now.advancedSaturating(byNanoseconds: jump))
    }

    func range(_ random: inout SeededRandom) -> TimeRange {
        let first = Int.random(in: 0..<self.cells.count, using: &random)
        let last = Int.random(in: first..<min(first + 14, self.cells.count), using: &random)
        return Self.between(self.cells[first], self.timeframe.end(ofPeriodStarting: self.cells[last]))
    }

    func piece(_ random: inout SeededRandom) -> StoredPiece<Bar> {
        let range = self.range(&random)
        let bars = self.cells.filter { cell in range.contains(cell) && Int.random(in: 0..<4, using: &random) > 0 }
            .map { cell in
                let price = Double(Int.random(in: -2...2, using: &random)) * 0.25
                return Bar(
                    timestamp: cell,
                    open: price,
                    high: price + 1,
                    low: price - 1,
                    close: Int.random(in: 0..<9, using: &random) == 0 ? price + 1.0 / 3 : price,
                    volume: Double(Int.random(in: 0...3, using: &random)),
                    revision: .random(in: 1...4, using: &random)
                )
            }
        return StoredPiece(
            series: self.rows,
            records: bars,
            range: range,
            settledEnd: Int.random(in: 0..<3, using: &random) > 0
                ? self.whole.end : self.cells[Int.random(in: 0..<self.cells.count, using: &random)],
            mode: Bool.random(using: &random) ? .refresh : .fetch,
            revisions: Int.random(in: 0..<4, using: &random) == 0 ? .given : .assigned,
            age: Int.random(in: 0..<4, using: &random) == 0 ? .seconds(90) : .zero
        )
    }

    func store(_ piece: StoredPiece<Bar>) async throws -> (rows: StoreOutcome<Bar>, packed: StoreOutcome<Bar>) {
        var other = piece
        other.series = self.packed
        return (try await self.rowStore.storeBars(piece), try await self.packingStore.storeBars(other))
    }

    /// Packs everything of some age.
    func pack(_ random: inout SeededRandom) async throws {
        let age = Duration.nanoseconds(
            Int64.random(in: 0...self.timeframe.stretchNanoseconds, using: &random)
        )
        var next: Timestamp? = .earliest
        while let start = next {
            next = try await self.packingStore.packNext(self.packed, from: start, olderThan: age).next
        }
    }

    func blockCount() async throws -> Int {
        try await self.fixture.test.database.read { transaction in
            try transaction.query("SELECT count(*) FROM bars_packed") { Int(try $0.integer(0)) }[0]
        }
    }

    func unpack(_ random: inout SeededRandom) async throws {
        let start = self.cells[Int.random(in: 0..<self.cells.count, using: &random)]
        _ = try await self.packingStore.unpackNext(self.packed, from: self.timeframe.stretch(of: start).start)
    }

    func unpackEverything() async throws {
        var next: Timestamp? = .earliest
        while let start = next { next = try await self.packingStore.unpackNext(self.packed, from: start).next }
    }

    func clear() async throws -> (rows: Int, packed: Int) {
        let rows = try await self.rowStore.clear(.series(self.rows))
        let packed = try await self.packingStore.clear(.series(self.packed))
        return (rows.barCount, packed.barCount)
    }

    func requireSameAnswers(_ random: inout SeededRandom, _ comment: Comment) async throws {
        let store = self.packingStore
        let (rows, packed) = (
            try await store.bars(self.rows, in: self.whole, limit: nil),
            try await store.bars(self.packed, in: self.whole, limit: nil)
        )
        try #require(packed.records == rows.records, comment)
        try #require(packed.coverage == rows.coverage, comment)
        try #require(packed.version == rows.version, comment)
        let range = self.range(&random)
        let limit = Int.random(in: 0...12, using: &random)
        try #require(
            try await store.bars(self.packed, in: range, limit: limit).records
                == store.bars(self.rows, in: range, limit: limit).records,
            comment
        )
        try #require(
            try await store.recentBars(self.packed, before: range.end, count: limit).records
                == store.recentBars(self.rows, before: range.end, count: limit).records,
            comment
        )
        try #require(
            try await store.oldestFetch(of: self.packed, in: range) == store.oldestFetch(of: self.rows, in: range),
            comment
        )
        let both = try await store.bars(of: [(self.packed, range), (self.rows, range)])
        try #require(both[0].records == both[1].records, comment)
        let list = try await store.seriesList(countingRecords: true)
        let counts = Dictionary(uniqueKeysWithValues: list.map { ($0.series, $0.records) })
        try #require(counts[self.packed] == counts[self.rows], comment)
    }

    func dumps() async throws -> (rows: [String], packed: [String]) {
        try await self.fixture.test.database.read { transaction in
            let dumps = try [self.rows, self.packed].map { series in
                try transaction.query(
                    """
                    SELECT timestamp, open, high, low, close, volume, revision, fetched_at FROM bars_cache
                    WHERE symbol = $1 ORDER BY timestamp
                    """,
                    [.text(series.symbol)]
                ) { row in
                    let numbers = try (1...5).map { try row.double($0).bitPattern }
                    return "\(try row.integer(0)) \(numbers) \(try row.integer(6)) \(try row.integer(7))"
                }
            }
            return (dumps[0], dumps[1])
        }
    }
}
