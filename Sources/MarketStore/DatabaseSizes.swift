import MarketData
import SQLDatabase

/// The database's size as it was noted hour by hour.
enum DatabaseSizes {
    /// Hours for which a size is kept: a week and a day.
    static let keptHoursMax: Int64 = 192
    /// Hours over which the growth is told.
    private static let growthHours: Int64 = 24
    private static let hour = Timeframe.oneHour.nanoseconds

    /// Writes the size of the hour down, unless another worker has.
    static func note(_ byteCount: Int, at now: Timestamp, in transaction: any SQLTransaction) throws {
        let hour = now.nanoseconds / Self.hour
        try transaction.execute(
            "INSERT INTO database_sizes (hour, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [.integer(hour), .integer(Int64(byteCount))]
        )
        try transaction.execute("DELETE FROM database_sizes WHERE hour < $1", [.integer(hour - Self.keptHoursMax)])
    }

    /// The growth since the newest size that is a day old, or since the oldest there is.
    static func growth(
        to byteCount: Int,
        at now: Timestamp,
        in transaction: any SQLTransaction
    ) throws -> DatabaseGrowth? {
        let dayAgo = now.nanoseconds / Self.hour - Self.growthHours
        let noted = try transaction.query(
            """
            SELECT hour, bytes FROM database_sizes
            ORDER BY CASE WHEN hour <= $1 THEN 0 ELSE 1 END, CASE WHEN hour <= $1 THEN -hour ELSE hour END LIMIT 1
            """,
            [.integer(dayAgo)]
        ) { (hour: try $0.integer(0), bytes: Int(try $0.integer(1))) }
        return noted.first.map {
            DatabaseGrowth(byteCount: byteCount - $0.bytes, since: Timestamp(nanoseconds: $0.hour * Self.hour))
        }
    }
}
