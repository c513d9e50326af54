import MarketData

/// What storing a piece makes of a series, decided without a database.
struct PieceEffect<Record: SeriesRecord> {
    /// Makes the test of which stored records stay although the answer lacks them, from the coverage before, a test for
    /// times that sibling series cover, and the times that are settled in the database but not in the answer.
    typealias Keeping = @Sendable (PieceEffect<Record>.Stored, StoreMode, RangeSet) -> (Timestamp) -> Bool

    /// What is stored before.
    struct Stored {
        let coverage: Coverage
        /// Whether a series of another timeframe knows what stands at a time.
        let isCoveredBySibling: (Timestamp) -> Bool
        /// Whether the series itself knows.
        let isCovered: (Timestamp) -> Bool
    }

    let merge: RecordMerge<Record>
    /// What a refresh changed of what was known; empty for a fetch.
    let changes: [RecordChange<Record>]
    /// What is known of the series afterwards.
    let coverage: Coverage

    /// `records` are the piece's, checked; `stored` are those of its range; `now` is the database's clock.
    init(
        of piece: StoredPiece<Record>,
        _ records: [Record],
        on before: Stored,
        _ stored: [Record],
        now: Timestamp,
        keeping: Keeping
    ) {
        let fetchedAt = now.before(piece.age)
        let timeframe = piece.series.timeframe
        let unsettled = TimeRange(max(piece.range.start, timeframe.floor(piece.settledEnd)), piece.range.end)
        let settledElsewhere = unsettled.map { before.coverage.final.intersection($0) } ?? RangeSet()
        // A piece that waited to be written must not undo what was fetched since.
        let newer = before.coverage.provisional.filter { piece.age > .zero && $0.fetchedAt > fetchedAt }
            .compactMap { stretch in
                unsettled?.intersection(stretch.range).map {
                    Coverage.Provisional(range: $0, fetchedAt: stretch.fetchedAt)
                }
            }
        let newerRanges = RangeSet(newer.map(\.range))
        let isKept = keeping(before, piece.mode, settledElsewhere)
        self.merge = RecordMerge(
            stored: stored,
            incoming: records,
            revisions: piece.revisions,
            settled: settledElsewhere.union(newerRanges),
            kept: { isKept($0) || newerRanges.contains($0) }
        )
        var coverage = before.coverage.recording(
            piece.range,
            settledEnd: piece.settledEnd,
            timeframe: timeframe,
            fetchedAt: fetchedAt
        )
        for stretch in newer { coverage.insertProvisional(stretch.range, fetchedAt: stretch.fetchedAt) }
        self.coverage = coverage.canonical.forgettingOldProvisional(now: now)
        self.changes =
            piece.mode == .refresh
            ? self.merge.changes(knownBefore: before.coverage, finalNow: self.coverage.final) : []
    }
}

extension PieceEffect<Bar> {
    /// A final bar stays unless a refresh says that there is none.
    static var keeping: Keeping {
        { before, mode, settled in
            switch mode {
            case .fetch: { before.coverage.final.contains($0) }
            case .refresh: { settled.contains($0) }
            }
        }
    }
}

extension PieceEffect<Quote> {
    /// A quote that no series knew of, such as the newest quote of its time, also stays.
    static var keeping: Keeping {
        { before, mode, settled in
            { timestamp in
                !before.isCovered(timestamp) || before.isCoveredBySibling(timestamp)
                    || (mode == .fetch ? before.coverage.final : settled).contains(timestamp)
            }
        }
    }
}
