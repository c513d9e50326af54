public import MarketData
import SQLDatabase

extension MarketStore {
    /// Stores bars and what they make known, all or nothing.
    ///
    /// Equal values leave a bar's revision alone and renew when it was last confirmed; other values raise it. A stored
    /// bar that the answer lacks is deleted unless it is final and the piece only fetches. What is final is never
    /// replaced by data that had not settled. Throws `invalidRecord` before anything is written when a bar is not
    /// finite, out of order, off the grid or outside the range, and `leaseLost` when the piece's lease is gone.
    public func storeBars(_ piece: StoredPiece<Bar>) async throws -> StoreOutcome<Bar> {
        let outcome = try await self.database.write(try self.storing(piece))
        self.noteDamaged(outcome.damaged, of: piece.series)
        return outcome
    }

    /// Stores quotes and what they make known, by the rules for bars, without revisions.
    ///
    /// A stored quote that no series knew of, such as the newest quote of its time, also stays.
    public func storeQuotes(_ piece: StoredPiece<Quote>) async throws -> StoreOutcome<Quote> {
        try await self.database.write(try self.storing(piece))
    }

    /// The transaction of `storeBars`.
    func storing(
        _ piece: StoredPiece<Bar>
    ) throws(StoreError) -> @Sendable (any SQLTransaction) throws -> StoreOutcome<Bar> {
        try self.storing(piece, keeping: PieceEffect<Bar>.keeping)
    }

    /// The transaction of `storeQuotes`.
    func storing(
        _ piece: StoredPiece<Quote>
    ) throws(StoreError) -> @Sendable (any SQLTransaction) throws -> StoreOutcome<Quote> {
        var piece = piece
        piece.revisions = .assigned
        return try self.storing(piece, keeping: PieceEffect<Quote>.keeping)
    }

    private func storing<Record: SeriesRecord>(
        _ piece: StoredPiece<Record>,
        keeping: @escaping PieceEffect<Record>.Keeping
    ) throws(StoreError) -> @Sendable (any SQLTransaction) throws -> StoreOutcome<Record> {
        let records = try piece.checkedRecords()
        let writer = PieceWriter(
            piece: piece,
            records: records,
            clock: self.clock,
            packAfter: self.packAfter,
            logger: self.logger
        )
        return { try writer.write(in: $0, keeping: keeping) }
    }
}
