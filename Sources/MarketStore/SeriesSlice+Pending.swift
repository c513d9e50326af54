package import MarketData

extension SeriesSlice where Record == Bar {
    /// The slice as it will be once a piece, of which only the part in `range` is looked at, is stored: by the same rules.
    ///
    /// `databaseNow` of the slice tells when the piece was fetched. Throws `invalidRecord` for a piece that would be
    /// refused.
    package func storing(
        _ piece: StoredPiece<Bar>,
        within range: TimeRange
    ) throws -> (slice: SeriesSlice<Bar>, outcome: StoreOutcome<Bar>)? {
        try self.applying(piece, within: range, keeping: PieceEffect<Bar>.keeping)
    }
}

extension SeriesSlice where Record == Quote {
    /// The slice as it will be once a piece is stored: see the same method for bars.
    package func storing(
        _ piece: StoredPiece<Quote>,
        within range: TimeRange
    ) throws -> (slice: SeriesSlice<Quote>, outcome: StoreOutcome<Quote>)? {
        var piece = piece
        piece.revisions = .assigned
        return try self.applying(piece, within: range, keeping: PieceEffect<Quote>.keeping)
    }
}

extension SeriesSlice where Record: SeriesRecord {
    fileprivate func applying(
        _ whole: StoredPiece<Record>,
        within range: TimeRange,
        keeping: PieceEffect<Record>.Keeping
    ) throws -> (slice: SeriesSlice<Record>, outcome: StoreOutcome<Record>)? {
        guard let part = whole.range.intersection(range) else { return nil }
        var piece = whole
        piece.range = part
        if part != whole.range { piece.records = whole.records.filter { part.contains($0.timestamp) } }
        let known = self.coverage.all
        let timeframe = piece.series.timeframe
        let effect = PieceEffect(
            of: piece,
            try piece.checkedRecords(),
            on: .init(
                coverage: self.coverage,
                isCoveredBySibling: { _ in false },
                isCovered: { timeframe.floor($0) == $0 && known.contains($0) }
            ),
            self.records.filter { part.contains($0.timestamp) },
            now: self.databaseNow,
            keeping: keeping
        )
        let outcome = StoreOutcome(effect, seriesID: 0, version: self.version, databaseNow: self.databaseNow)
        let before = self.records.prefix { $0.timestamp < part.start }
        let behind = self.records[before.count...].drop { $0.timestamp < part.end }
        let slice = SeriesSlice(
            version: self.version,
            coverage: outcome.coverage,
            records: before + outcome.records + behind,
            changedDaysCheckedAt: self.changedDaysCheckedAt,
            databaseNow: self.databaseNow
        )
        return (slice, outcome)
    }
}
