/// Many rows of one table, column by column, inserted or merged in one call.
///
/// Postgres receives one array a column (`INSERT … SELECT … FROM unnest($1::bigint[], …)`); SQLite runs one prepared
/// statement for each row. Give the rows sorted by key: it is faster.
public struct BulkUpsert: Sendable {
    /// The values of one column.
    public enum Values: Sendable {
        /// The same value in every row.
        case constant(SQLValue)
        case integers([Int64])
        case doubles([Double])
        case optionalDoubles([Double?])
        case texts([String])
    }

    /// The table's name.
    public let table: String
    /// The columns' names and values; those that are not constant are equally long.
    public let columns: [(name: String, values: Values)]
    /// What follows the values: `ON CONFLICT (…) DO UPDATE SET a = excluded.a WHERE …`, valid in both dialects, or empty.
    public let onConflict: String

    /// Creates an upsert.
    public init(into table: String, columns: [(name: String, values: Values)], onConflict: String) {
        self.table = table
        self.columns = columns
        self.onConflict = onConflict
    }

    /// The number of rows: the length of the columns that are not constant, 1 when all are.
    ///
    /// Throws `syntax` when they differ in length.
    public func rowCount() throws(SQLError) -> Int {
        var count: Int?
        for (name, values) in self.columns {
            let length: Int
            switch values {
            case .constant: continue
            case .integers(let array): length = array.count
            case .doubles(let array): length = array.count
            case .optionalDoubles(let array): length = array.count
            case .texts(let array): length = array.count
            }
            guard count == nil || count == length else {
                throw SQLError(
                    .syntax,
                    "bulk upsert into \(self.table): column \(name) has another length than the rest"
                )
            }
            count = length
        }
        return count ?? 1
    }
}
