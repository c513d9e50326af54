import MarketData
import MarketStore
import TestSupport
import Testing

/// Random pieces against a model that knows nothing of ranges, rows or merging: an array with one cell for each hour.
@Suite struct StoreModelTests {
    @Test(arguments: TestDatabase.kinds)
    func randomPiecesGiveWhatANaiveModelSays(_ kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        for _ in 0..<(kind == .sqliteMemory ? 8 : 2) {
            try await Self.runOnce(kind, &random)
        }
    }

    private static func runOnce(_ kind: TestDatabase.Kind, _ random: inout SeededRandom) async throws {
        let seeded = random
        random = try await StoreFixture.with(kind) { fixture in
            var random = seeded
            var model = SeriesModel()
            for step in 0..<60 {
                let comment: Comment = "\(random) step \(step)"
                fixture.clock.advance(seconds: Int64.random(in: 0...1, using: &random) * 60)
                let piece = model.randomPiece(&random)
                let expected = model.apply(piece, now: fixture.clock.now)

                let outcome = try await fixture.store.storeBars(piece)

                try #require(outcome.version == model.version, comment)
                try #require(outcome.records == model.bars(in: piece.range), comment)
                try #require(outcome.inserted == expected.inserted, comment)
                try #require(outcome.revised.count == expected.revised, comment)
                try #require(outcome.removed == expected.removed, comment)
                let slice = try await fixture.everything()
                try #require(slice.version == model.version, comment)
                try #require(slice.records == model.bars(in: SeriesModel.whole), comment)
                try #require(slice.coverage == outcome.coverage, comment)
                for hour in 0..<SeriesModel.hourCount {
                    try #require(
                        SeriesModel.knowledge(slice.coverage, at: hour) == model.cells[hour].knowledge,
                        comment
                    )
                }
                let count = Int.random(in: 0...10, using: &random)
                let recent = try await fixture.store.recentBars(.of(), before: piece.range.end, count: count)
                let before = model.bars(in: SeriesModel.range(0, max(1, SeriesModel.hour(piece.range.end))))
                try #require(recent.records == Array(before.suffix(count)), comment)
                let page = try await fixture.store.bars(.of(), in: piece.range, limit: count)
                try #require(page.records == Array(outcome.records.prefix(count)), comment)
            }
            return random
        }
    }
}

/// One cell for each hour: what is known of it, and its bar.
private struct SeriesModel {
    enum Knowledge: Hashable {
        case unknown
        case provisional(Timestamp)
        case final
    }

    struct Cell: Hashable {
        var knowledge = Knowledge.unknown
        var bar: Bar?
    }

    static let hourCount = 48
    static let whole = Self.range(0, Self.hourCount)

    private(set) var cells = [Cell](repeating: Cell(), count: Self.hourCount)
    private(set) var version: Int64 = 0

    static func start(_ hour: Int) -> Timestamp {
        time("2026-01-05T00:00:00Z").advancedSaturating(byNanoseconds: Int64(hour) * Timeframe.oneHour.nanoseconds)
    }

    static func hour(_ start: Timestamp) -> Int {
        Int((start.nanoseconds - Self.start(0).nanoseconds) / Timeframe.oneHour.nanoseconds)
    }

    static func range(_ first: Int, _ end: Int) -> TimeRange {
        guard let range = TimeRange(Self.start(first), Self.start(end)) else {
            preconditionFailure("\(first) ..< \(end) is empty")
        }
        return range
    }

    static func knowledge(_ coverage: Coverage, at hour: Int) -> Knowledge {
        let start = Self.start(hour)
        if coverage.final.contains(start) { return .final }
        let stretch = coverage.provisional.first { $0.range.contains(start) }
        return stretch.map { .provisional($0.fetchedAt) } ?? .unknown
    }

    func bars(in range: TimeRange) -> [Bar] {
        self.cells.compactMap { cell in
            guard var bar = cell.bar, range.contains(bar.timestamp) else { return nil }
            bar.isFinal = cell.knowledge == .final
            return bar
        }
    }

    func randomPiece(_ random: inout SeededRandom) -> StoredPiece<Bar> {
        let first = Int.random(in: 0..<Self.hourCount, using: &random)
        let end = Int.random(in: first + 1...min(first + 12, Self.hourCount), using: &random)
        let bars = (first..<end).filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map { hour in
            let price = Double(Int.random(in: -1...1, using: &random))
            return Bar(
                timestamp: Self.start(hour),
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 1,
                revision: .random(in: 1...4, using: &random)
            )
        }
        let settledHour = Int.random(in: first - 1...end + 1, using: &random)
        let settledEnd = Self.start(settledHour).advancedSaturating(
            byNanoseconds: .random(in: 0..<Timeframe.oneHour.nanoseconds, using: &random)
        )
        return StoredPiece(
            series: .of(),
            records: bars,
            range: Self.range(first, end),
            settledEnd: settledEnd,
            mode: Bool.random(using: &random) ? .refresh : .fetch,
            revisions: Int.random(in: 0..<4, using: &random) == 0 ? .given : .assigned
        )
    }

    mutating func apply(
        _ piece: StoredPiece<Bar>,
        now: Timestamp
    ) -> (inserted: Int, revised: Int, removed: Int) {
        let before = self.cells
        var counts = (inserted: 0, revised: 0, removed: 0)
        for hour in Self.hour(piece.range.start)..<Self.hour(piece.range.end) {
            let isSettled = Self.start(hour + 1) <= piece.settledEnd
            let wasFinal = self.cells[hour].knowledge == .final
            if !isSettled && wasFinal { continue }
            let new = piece.records.first { $0.timestamp == Self.start(hour) }
            switch (self.cells[hour].bar, new) {
            case (nil, nil):
                break
            case (nil, let new?):
                self.cells[hour].bar = new
                if piece.revisions == .assigned { self.cells[hour].bar?.revision = 1 }
                counts.inserted += 1
            case (.some, nil):
                if wasFinal && piece.mode == .fetch { break }
                self.cells[hour].bar = nil
                counts.removed += 1
            case (let old?, var new?):
                if piece.revisions == .assigned {
                    new.revision = old.open == new.open ? old.revision : old.revision + 1
                }
                if new.revision > old.revision {
                    self.cells[hour].bar = new
                    counts.revised += 1
                }
            }
            self.cells[hour].knowledge = isSettled || wasFinal ? .final : .provisional(now)
        }
        if self.cells != before { self.version += 1 }
        return counts
    }
}
