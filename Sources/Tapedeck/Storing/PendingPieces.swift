internal import MarketData
internal import MarketStore

/// The pending pieces of one series, in their order, with the ticks at which they were fetched.
struct PendingPieces<Record: Hashable & Sendable> {
    struct Piece {
        let piece: StoredPiece<Record>
        let tick: Int64

        /// The piece with the age that it has at `tick`.
        func aged(to tick: Int64) -> StoredPiece<Record> {
            var aged = self.piece
            aged.age = .nanoseconds(max(0, tick.subtractingSaturating(self.tick)))
            return aged
        }
    }

    private let pieces: [Piece]

    init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    var isEmpty: Bool { self.pieces.isEmpty }

    /// How many records of `range` the pieces may concern.
    func periods(of series: Series, in range: TimeRange) -> Int {
        self.pieces.reduce(0) { sum, pending in
            let part = pending.piece.range.intersection(range)
            return sum + Int((part?.nanoseconds ?? 0) / series.timeframe.nanoseconds)
        }
    }

    /// What `slice` is once the pieces are stored, as far as they lie in `range`.
    func applied(
        to slice: SeriesSlice<Record>,
        within range: TimeRange,
        tick: Int64,
        _ storing: (SeriesSlice<Record>, StoredPiece<Record>, TimeRange) throws -> SeriesSlice<Record>?
    ) rethrows -> SeriesSlice<Record> {
        try self.pieces.reduce(slice) { try storing($0, $1.aged(to: tick), range) ?? $0 }
    }
}

extension SeriesSlice {
    /// The slice with its first records only.
    func first(_ limit: Int?) -> SeriesSlice {
        guard let limit, self.records.count > limit else { return self }
        return self.with(Array(self.records.prefix(limit)))
    }

    /// The slice with its last records only.
    func last(_ count: Int) -> SeriesSlice {
        self.records.count > count ? self.with(Array(self.records.suffix(count))) : self
    }

    private func with(_ records: [Record]) -> SeriesSlice {
        SeriesSlice(
            version: self.version,
            coverage: self.coverage,
            records: records,
            changedDaysCheckedAt: self.changedDaysCheckedAt,
            databaseNow: self.databaseNow
        )
    }
}

extension Coverage {
    /// This coverage once a pending piece is written.
    func recording(_ write: PendingWrite, databaseNow: Timestamp, tick: Int64) -> Coverage {
        let age = max(0, tick.subtractingSaturating(write.tick))
        let fetchedAt = databaseNow.advancedSaturating(byNanoseconds: -age)
        switch write.content {
        case .bars(let piece):
            return self.recording(
                piece.range,
                settledEnd: piece.settledEnd,
                timeframe: piece.series.timeframe,
                fetchedAt: fetchedAt
            )
        case .quotes(let piece):
            return self.recording(
                piece.range,
                settledEnd: piece.settledEnd,
                timeframe: piece.series.timeframe,
                fetchedAt: fetchedAt
            )
        default:
            return self
        }
    }
}
