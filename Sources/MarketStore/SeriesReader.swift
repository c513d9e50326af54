import MarketData
import SQLDatabase

/// The statements that read a slice of a series over one snapshot, and what collects their rows.
struct SeriesReader<Record: SeriesRecord>: Sendable {
    /// Which records are read.
    enum Selection: Hashable, Sendable {
        /// The oldest records of a range, at most `limit`.
        case range(TimeRange, limit: Int?)
        /// The newest records before a time, at most `count`.
        case newest(before: Timestamp, count: Int)

        /// Throws `invalidArgument` for a series of other records, and for a negative limit.
        func check(_ series: Series) throws(StoreError) {
            guard series.kind == Record.kind else {
                throw StoreError(.invalidArgument, "series \(series) holds \(series.kind), not \(Record.kind)")
            }
            switch self {
            case .range(_, let limit?) where limit < 0:
                throw StoreError(.invalidArgument, "the limit \(limit) is negative")
            case .newest(_, let count) where count < 0:
                throw StoreError(.invalidArgument, "the count \(count) is negative")
            case .range, .newest:
                break
            }
        }
    }

    private var seriesID: Int64?
    private var version: Int64 = 0
    private var coverage = Coverage()
    private var checkedAt: Timestamp?
    private var now = Timestamp(nanoseconds: 0)
    private var records: [Record] = []
    private var blocks: [PackedBlock] = []
    private let expectedCount: Int

    /// The most records for which room is made beforehand.
    private static var expectedCountMax: Int { 10_000 }

    /// Starts to read what `selection` asks for.
    init(_ selection: Selection) {
        if case .newest(_, let count) = selection {
            self.expectedCount = min(count, Self.expectedCountMax)
        } else {
            self.expectedCount = 0
        }
    }

    /// The statements for the series' row and the clock, for the records that are rows, and for those in blocks where the
    /// series has such, in this order; as many for each series with the same selection.
    static func statements(
        _ series: Series,
        _ selection: Selection,
        clock: StoreClock,
        dialect: SQLDialect
    ) -> [SQLStatement] {
        let now = clock.expression(dialect, position: 5)
        let row = SQLStatement(
            """
            SELECT \(now.sql), series.version, series.coverage, changed_day_checks.checked_at, series.id
            FROM (SELECT 1 AS one) AS always
            LEFT JOIN series ON provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4
            LEFT JOIN changed_day_checks ON changed_day_checks.series_id = series.id
            """,
            series.keyColumns + now.parameters,
            rowsMax: 1
        )
        return [row, Self.recordStatement(series, selection)]
            + (Record.blockStatement(series, selection).map { [$0] } ?? [])
    }

    private static func recordStatement(_ series: Series, _ selection: Selection) -> SQLStatement {
        let condition = Record.condition(for: series)
        let select = "SELECT \(Record.columns) FROM \(Record.table) WHERE \(condition.sql)"
        switch selection {
        case .range(let range, let limit):
            var sql = select + " AND timestamp >= $4 AND timestamp < $5 ORDER BY timestamp"
            var parameters: [SQLValue] = [.integer(range.start.nanoseconds), .integer(range.end.nanoseconds)]
            if let limit {
                sql += " LIMIT $6"
                parameters.append(.integer(Int64(limit)))
            }
            // A period has one record, whatever else a table may hold of a series.
            let periods = Int(range.nanoseconds / series.timeframe.nanoseconds) + 1
            return SQLStatement(sql, condition.parameters + parameters, rowsMax: min(limit ?? periods, periods))
        case .newest(let end, let count):
            return SQLStatement(
                select + " AND timestamp < $4 ORDER BY timestamp DESC LIMIT $5",
                condition.parameters + [.integer(end.nanoseconds), .integer(Int64(count))],
                rowsMax: count
            )
        }
    }

    /// Takes a row of the statement at `index`.
    mutating func read(_ row: any SQLRow, ofStatement index: Int) throws {
        switch index {
        case 0: try self.readSeries(row)
        case 1: self.records.append(try Record(row: row, at: 0))
        default: self.blocks.append(try PackedBlock(row: row))
        }
    }

    private mutating func readSeries(_ row: any SQLRow) throws {
        self.records.reserveCapacity(self.expectedCount)
        self.now = Timestamp(nanoseconds: try row.integer(0))
        self.version = try row.integerIfPresent(1) ?? 0
        self.coverage = row.isNull(2) ? Coverage() : try CoverageCodec.decode(try row.blob(2))
        self.checkedAt = try row.integerIfPresent(3).map { Timestamp(nanoseconds: $0) }
        self.seriesID = try row.integerIfPresent(4)
    }

    /// What was read, which the reader does not hold any more.
    ///
    /// Throws `DamagedBlocks`.
    mutating func takeSlice(
        _ series: Series,
        _ selection: Selection,
        with decoders: BlockDecoders
    ) throws -> SeriesSlice<Record> {
        // Taken out, so that they are changed in place.
        var records: [Record] = []
        swap(&records, &self.records)
        if case .newest = selection { records.reverse() }
        FinalityMarker.mark(&records, by: self.coverage.final)
        if !self.blocks.isEmpty {
            var packed = try Record.unpacked(
                self.blocks.sorted { $0.start < $1.start },
                of: series,
                final: self.coverage.final,
                spare: records.count,
                with: decoders
            )
            self.blocks = []
            selection.trim(&packed)
            packed.merge(records)
            records = packed
            selection.limit(&records)
        }
        return SeriesSlice(
            seriesID: self.seriesID,
            version: self.version,
            coverage: self.coverage,
            records: records,
            changedDaysCheckedAt: self.checkedAt,
            databaseNow: self.now
        )
    }
}

extension SeriesReader.Selection {
    /// Removes what is not asked for from sorted records, in place.
    fileprivate func trim(_ records: inout [Record]) {
        switch self {
        case .range(let range, _):
            records.removeSubrange(records.partitionIndex { $0.timestamp >= range.end }...)
            records.removeSubrange(..<records.partitionIndex { $0.timestamp >= range.start })
        case .newest(let end, _):
            records.removeSubrange(records.partitionIndex { $0.timestamp >= end }...)
        }
    }

    /// Removes what is more than is asked for.
    fileprivate func limit(_ records: inout [Record]) {
        switch self {
        case .range(_, let limit?) where limit < records.count: records.removeSubrange(limit...)
        case .newest(_, let count) where count < records.count: records.removeFirst(records.count - count)
        case .range, .newest: break
        }
    }
}

extension Array where Element: SeriesRecord {
    /// Adds rows, sorted as these are; of two of one time the one with the higher revision counts, else the row.
    ///
    /// Two of one time are there only where a program that does not know blocks wrote beside one.
    mutating func merge(_ rows: [Element]) {
        guard let first = rows.first, let last = self.last else {
            if self.isEmpty { self = rows }
            return
        }
        if last.timestamp < first.timestamp {
            self += rows
        } else {
            self = self.merged(with: rows)
        }
    }

    private func merged(with rows: [Element]) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(self.count + rows.count)
        var rest = rows[...]
        for record in self {
            while let row = rest.first, row.timestamp < record.timestamp {
                result.append(row)
                rest.removeFirst()
            }
            if let row = rest.first, row.timestamp == record.timestamp {
                rest.removeFirst()
                result.append(row.revision >= record.revision ? row : record)
            } else {
                result.append(record)
            }
        }
        return result + rest
    }
}
