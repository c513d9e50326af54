import MarketData
import SQLDatabase

/// A record that a series is made of, with the table that keeps it.
///
/// Bars and quotes follow the same rules when they are merged, stored and read; what differs is here.
protocol SeriesRecord: Hashable, Sendable {
    /// Which series hold such records.
    static var kind: Series.Kind { get }
    /// The table's name.
    static var table: String { get }
    /// The columns that `init(row:at:)` reads, in its order.
    static var columns: String { get }

    var timestamp: Timestamp { get }
    /// 1 for records that are not numbered.
    var revision: Int32 { get set }

    /// The condition, with `$1` … `$3`, that holds for the rows of a series, and its parameters.
    static func condition(for series: Series) -> (sql: String, parameters: [SQLValue])
    /// Reads a record from `columns`, the first of them at `column`.
    init(row: any SQLRow, at column: Int) throws(SQLError)
    /// The upsert of `records`, sorted by time, into the series' rows.
    static func upsert(_ records: [Self], series: Series, fetchedAt: Timestamp) -> BulkUpsert

    /// Where the records of a series are kept; the row of the series is locked.
    ///
    /// Stretches that end by `packedBefore` may be packed; nil for none.
    static func storage(of series: Series, _ row: SeriesRow, packedBefore: Timestamp?) -> any RecordStorage<Self>
    /// The statement that finds the blocks in which a selection's records may be, nil where there are none.
    static func blockStatement(_ series: Series, _ selection: SeriesReader<Self>.Selection) -> SQLStatement?
    /// The records of blocks that are sorted, marked by what is final, with room for `spare` more behind them.
    ///
    /// Throws `DamagedBlocks`.
    static func unpacked(
        _ blocks: [PackedBlock],
        of series: Series,
        final: RangeSet,
        spare: Int,
        with decoders: BlockDecoders
    ) throws -> [Self]

    /// The record as a database gives it back.
    func normalised() -> Self
    /// What is wrong with the values, or nil.
    func defect() -> String?
    func hasSameValues(as other: Self) -> Bool
    /// The record, marked as settled or not where it carries such a mark.
    func marked(isFinal: Bool) -> Self
}

extension Double {
    /// What bounds a price: fixed-point vendors cannot express more, and their "no price" lies just above it.
    private static let priceMagnitudeMax = 9_223_372_036.0

    /// What is wrong with this as a price, or nil.
    func priceDefect(_ name: String) -> String? {
        guard self.isFinite else { return "\(name) is not a finite number" }
        guard self.magnitude <= Self.priceMagnitudeMax else {
            return "\(name) is beyond ±9223372036, as a vendor's mark for 'no price' is"
        }
        return nil
    }

    /// What is wrong with this as a quantity, or nil.
    func quantityDefect(_ name: String) -> String? {
        self.isFinite && self >= 0 ? nil : "\(name) is not a finite number of at least 0"
    }

    /// The same number with zero's sign dropped: SQLite does not keep it.
    var withoutNegativeZero: Double { self == 0 ? 0 : self }
}
