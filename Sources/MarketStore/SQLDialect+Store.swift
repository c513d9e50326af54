import SQLDatabase

/// The few words in which the store's SQL differs between the databases.
extension SQLDialect {
    /// The database's wall clock in nanoseconds since the epoch.
    ///
    /// To the microsecond on Postgres, to the millisecond on SQLite; both are exact arithmetic on what the clock gave.
    var clockExpression: String {
        switch self {
        case .postgres:
            "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000"
        case .sqlite:
            """
            (CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)) \
            * 1000000
            """
        }
    }

    /// Locks the rows that a SELECT finds; on SQLite a writing transaction is alone anyway.
    var forUpdate: String {
        switch self {
        case .postgres: "FOR UPDATE"
        case .sqlite: ""
        }
    }

    /// Locks the rows that a SELECT finds, without those that another transaction has locked.
    var forUpdateSkippingLocked: String {
        switch self {
        case .postgres: "FOR UPDATE SKIP LOCKED"
        case .sqlite: ""
        }
    }

    /// When the server was started, in nanoseconds since the epoch; NULL where there is no server.
    var serverStartExpression: String {
        switch self {
        case .postgres: "CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000000 AS BIGINT) * 1000"
        case .sqlite: "NULL"
        }
    }

    /// A statement behind which one transaction at a time goes on for the text `$1`; nil where a writer is alone.
    var namedLockStatement: String? {
        switch self {
        case .postgres: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
        case .sqlite: nil
        }
    }
}
