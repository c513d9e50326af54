import MarketData
import SQLDatabase

/// Since when the holders of leases can renew them.
///
/// That is not when the server was started: behind a crash it reads its log for as long as it takes, and lets nobody in. So
/// the first claim that meets a server anew writes down when that was.
enum ServerStart {
    /// When the server was first met after its last start, which is noted if that is now.
    ///
    /// `started` is when it was started, `known` the start that was noted last. What was never noted before is taken to have
    /// begun when the server did: nobody had leases then.
    static func firstMet(
        _ started: Timestamp,
        known: (startedAt: Timestamp, firstMetAt: Timestamp)?,
        now: Timestamp,
        in transaction: any SQLTransaction
    ) throws -> Timestamp {
        if let known, known.startedAt == started { return known.firstMetAt }
        let met = known == nil ? started : now
        try transaction.execute(
            """
            INSERT INTO server_start (only_row, started_at, first_met_at) VALUES (TRUE, $1, $2)
            ON CONFLICT (only_row) DO UPDATE SET started_at = excluded.started_at, first_met_at = excluded.first_met_at
            WHERE server_start.started_at <> excluded.started_at
            """,
            [.integer(started.nanoseconds), .integer(met.nanoseconds)]
        )
        return met
    }
}
