import Locking
import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

/// Readers, writers, a packer and an unpacker at once, over connections of their own.
@Suite struct PackingConcurrencyTests {
    private static let series = Series.of("ES.c.0", .oneMinute)
    private static let days = range("2025-06-03T00:00:00Z", "2025-06-06T00:00:00Z")
    private static let rounds = 25

    private static let bars = stride(
        from: days.start.nanoseconds,
        to: days.end.nanoseconds,
        by: 600_000_000_000
    ).map { Bar(timestamp: Timestamp(nanoseconds: $0), open: 1, high: 2, low: 1, close: 2, volume: 3) }

    @Test(arguments: TestDatabase.sharedKinds)
    func readersSeeEachBarExactlyOnceWhateverMovesIt(_ kind: TestDatabase.Kind) async throws {
        let random = SeededRandom()
        try await StoreFixture.with(kind) { fixture in
            let clock = fixture.clock
            let stores = try await (0..<3).asyncMap { _ in
                MarketStore(
                    database: try await Database.connect(fixture.test.url, logger: .silent),
                    clock: { clock.now },
                    logger: .silent
                )
            }
            try await fixture.store(Self.bars, Self.days, settledEnd: "2025-06-07", series: Self.series)
            let isDone = Locked(false)
            let reads = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    defer { isDone.withLock { $0 = true } }
                    for _ in 0..<Self.rounds {
                        try await Self.unpackAll(stores[0])
                        try await Self.packAll(stores[0])
                    }
                    return 0
                }
                group.addTask {
                    var random = random
                    while !isDone.withLock({ $0 }) { try await Self.correct(stores[1], &random) }
                    return 0
                }
                for store in [stores[2], fixture.store] {
                    group.addTask {
                        var count = 0
                        while !isDone.withLock({ $0 }) {
                            try await Self.readAndCheck(store, "\(random)")
                            count += 1
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(reads > 0)
            for store in stores { await store.database.close() }
        }
    }

    private static func packAll(_ store: MarketStore) async throws {
        var next: Timestamp? = .earliest
        while let start = next { next = try await store.packNext(self.series, from: start, olderThan: .zero).next }
    }

    private static func unpackAll(_ store: MarketStore) async throws {
        var next: Timestamp? = .earliest
        while let start = next { next = try await store.unpackNext(self.series, from: start).next }
    }

    /// Brings other volumes for a few hours.
    private static func correct(_ store: MarketStore, _ random: inout SeededRandom) async throws {
        let first = Int.random(in: 0..<self.bars.count, using: &random)
        let corrected = self.bars[first..<min(first + 20, self.bars.count)].map { bar in
            var bar = bar
            bar.volume = Double(Int.random(in: 0..<1_000, using: &random))
            return bar
        }
        guard let range = TimeRange(corrected[0].timestamp, corrected[corrected.count - 1].timestamp) else { return }
        let records = corrected.dropLast()
        let piece = StoredPiece(
            series: self.series,
            records: Array(records),
            range: range,
            settledEnd: self.days.end,
            mode: .refresh
        )
        // The range holds whole minutes between the bars too, which are known to be empty.
        _ = try await store.storeBars(piece)
    }

    private static func readAndCheck(_ store: MarketStore, _ comment: Comment) async throws {
        let slice = try await store.bars(self.series, in: self.days, limit: nil)
        try #require(slice.records.map(\.timestamp) == self.bars.map(\.timestamp), comment)
        let open = slice.records.filter { !$0.isFinal }
        try #require(open.isEmpty, comment)
        let recent = try await store.recentBars(self.series, before: self.days.end, count: 200)
        try #require(recent.records.map(\.timestamp) == self.bars.suffix(200).map(\.timestamp), comment)
        // Versions only rise, and so do revisions with them.
        try #require(recent.version >= slice.version, comment)
        for (before, after) in zip(slice.records.suffix(200), recent.records) {
            try #require(after.revision >= before.revision, comment)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var result: [Value] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
