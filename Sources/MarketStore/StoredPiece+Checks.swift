import MarketData

extension StoredPiece where Record: SeriesRecord {
    /// The records as they will be stored, or the error that keeps the piece from being stored.
    func checkedRecords() throws(StoreError) -> [Record] {
        guard self.series.kind == Record.kind else {
            throw StoreError(.invalidArgument, "series \(self.series) holds \(self.series.kind), not \(Record.kind)")
        }
        guard self.byteCount >= 0 else {
            throw StoreError(.invalidArgument, "the byte count \(self.byteCount) is negative")
        }
        guard self.age >= .zero else {
            throw StoreError(.invalidArgument, "the age \(self.age) is negative")
        }
        var checked: [Record] = []
        checked.reserveCapacity(self.records.count)
        var previous: Timestamp?
        for record in self.records {
            if let defect = record.defect() ?? self.placeDefect(of: record.timestamp, after: previous) {
                throw StoreError(
                    .invalidRecord,
                    "\(self.series): the record at \(record.timestamp) is refused: \(defect)"
                )
            }
            previous = record.timestamp
            checked.append(record.normalised())
        }
        return checked
    }

    private func placeDefect(of timestamp: Timestamp, after previous: Timestamp?) -> String? {
        guard self.range.contains(timestamp) else { return "it lies outside its piece's range \(self.range)" }
        guard self.series.timeframe.floor(timestamp) == timestamp else {
            return "it does not stand at a multiple of \(self.series.timeframe)"
        }
        guard let previous, timestamp <= previous else { return nil }
        return timestamp == previous ? "it comes twice" : "it comes after a later one, at \(previous)"
    }
}
