public import MarketData
import SQLDatabase

extension MarketStore {
    /// The bars of a range, at most `limit` of them from the start on, with version, coverage and the database's clock.
    ///
    /// For pages over a long range ask again from behind the last bar's timestamp.
    public func bars(_ series: Series, in range: TimeRange, limit: Int?) async throws -> SeriesSlice<Bar> {
        try await self.slice(series, .range(range, limit: limit))
    }

    /// The bars of several series, a range of each, over one snapshot and in the given order.
    public func bars(of parts: [(series: Series, range: TimeRange)]) async throws -> [SeriesSlice<Bar>] {
        let selections = parts.map { SeriesReader<Bar>.Selection.range($0.range, limit: nil) }
        for (part, selection) in zip(parts, selections) { try selection.check(part.series) }
        guard !parts.isEmpty else { return [] }
        let statements = zip(parts, selections).map { part, selection in
            SeriesReader<Bar>.statements(part.series, selection, clock: self.clock, dialect: self.database.dialect)
        }
        // As many for each of them.
        let count = statements[0].count
        var readers = try await self.database.snapshot(
            statements.flatMap { $0 },
            timeout: self.deadline,
            into: selections.map { SeriesReader<Bar>($0) }
        ) { readers, index, row in
            try readers[index / count].read(row, ofStatement: index % count)
        }
        return try selections.indices.map {
            try readers[$0].takeSlice(parts[$0].series, selections[$0], with: self.decoders)
        }
    }

    /// The newest `count` bars whose periods begin before `end`, oldest first.
    public func recentBars(_ series: Series, before end: Timestamp, count: Int) async throws -> SeriesSlice<Bar> {
        try await self.slice(series, .newest(before: end, count: count))
    }

    /// The quotes of a range that stand on the series' grid, at most `limit` of them from the start on.
    public func quotes(_ series: Series, in range: TimeRange, limit: Int?) async throws -> SeriesSlice<Quote> {
        try await self.slice(series, .range(range, limit: limit))
    }

    /// What is known of a series, and the database's clock, without any records.
    public func coverage(
        of series: Series
    ) async throws -> (version: Int64, coverage: Coverage, databaseNow: Timestamp) {
        switch series.kind {
        case .bars:
            let slice: SeriesSlice<Bar> = try await self.slice(series, .newest(before: .earliest, count: 0))
            return (slice.version, slice.coverage, slice.databaseNow)
        case .quotes:
            let slice: SeriesSlice<Quote> = try await self.slice(series, .newest(before: .earliest, count: 0))
            return (slice.version, slice.coverage, slice.databaseNow)
        }
    }

    private func slice<Record: SeriesRecord>(
        _ series: Series,
        _ selection: SeriesReader<Record>.Selection
    ) async throws -> SeriesSlice<Record> {
        try selection.check(series)
        let statements = SeriesReader<Record>.statements(
            series,
            selection,
            clock: self.clock,
            dialect: self.database.dialect
        )
        let empty = SeriesReader<Record>(selection)
        var reader = try await self.database.snapshot(statements, timeout: self.deadline, into: empty) {
            reader,
            index,
            row in
            try reader.read(row, ofStatement: index)
        }
        return try reader.takeSlice(series, selection, with: self.decoders)
    }
}
