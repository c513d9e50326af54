import MarketData
import SQLDatabase

/// The statements about `fetch_leases`.
///
/// None waits for a row that a storing transaction has locked, so that claims and renewals never stand in its way, nor
/// it in theirs.
enum LeaseTable {
    /// What is written of a failure's message.
    private static let messageCharactersMax = 1_000

    static func decision(
        of claim: LeaseClaim,
        _ key: LeaseKey,
        clock: StoreClock,
        in transaction: any SQLTransaction
    ) throws -> LeaseDecision {
        let clockSQL = clock.expression(transaction.dialect, position: 5)
        let start = clock.serverStartExpression(transaction.dialect, position: 5 + clockSQL.parameters.count)
        let rows = try transaction.query(
            """
            SELECT \(clockSQL.sql), \(start.sql), started_at, first_met_at, \(LeaseRow.columns)
            FROM (SELECT 1 AS one) AS always LEFT JOIN server_start ON only_row
            LEFT JOIN fetch_leases ON provider = $1
                AND ((symbol = $2 AND timeframe = $3 AND kind = $4) OR (symbol = '' AND kind = 'provider'))
            """,
            key.columns + clockSQL.parameters + start.parameters
        ) { row in
            (
                now: Timestamp(nanoseconds: try row.integer(0)),
                start: try row.integerIfPresent(1).map { Timestamp(nanoseconds: $0) },
                known: row.isNull(2)
                    ? nil
                    : (
                        startedAt: Timestamp(nanoseconds: try row.integer(2)),
                        firstMetAt: Timestamp(nanoseconds: try row.integer(3))
                    ),
                lease: try LeaseRow(row: row, at: 4)
            )
        }
        let now = rows[0].now
        let serverMetAt = try rows[0].start.map {
            try ServerStart.firstMet($0, known: rows[0].known, now: now, in: transaction)
        }
        return LeaseDecision(claim, rows: rows.compactMap(\.lease), now: now, serverMetAt: serverMetAt)
    }

    /// Removes a lapsed row; false when its holder is storing or has just renewed it.
    static func remove(_ row: LeaseRow, in transaction: any SQLTransaction) throws -> Bool {
        let found = Self.foundUnchanged(transaction.dialect)
        let parameters: [SQLValue] = [.text(row.token.rawValue), .integer(row.expiresAt.nanoseconds)]
        return try transaction.execute("DELETE FROM fetch_leases WHERE token IN (\(found))", parameters) > 0
    }

    /// Lets a row end its length from now.
    static func shorten(_ row: LeaseRow, now: Timestamp, in transaction: any SQLTransaction) throws {
        let end = row.end(now: now, serverMetAt: nil)
        try transaction.execute(
            "UPDATE fetch_leases SET expires_at = $3 WHERE token IN (\(Self.foundUnchanged(transaction.dialect)))",
            [.text(row.token.rawValue), .integer(row.expiresAt.nanoseconds), .integer(end.nanoseconds)]
        )
    }

    private static func foundUnchanged(_ dialect: SQLDialect) -> String {
        "SELECT token FROM fetch_leases WHERE token = $1 AND expires_at = $2 \(dialect.forUpdateSkippingLocked)"
    }

    static func insert(
        _ lease: FetchLease,
        _ key: LeaseKey,
        of claim: LeaseClaim,
        now: Timestamp,
        in transaction: any SQLTransaction
    ) throws {
        let length = claim.length.nanosecondsSaturating
        try transaction.execute(
            """
            INSERT INTO fetch_leases (
                provider, symbol, timeframe, kind, token, owner, range_start, range_end, length_ns, expires_at, attempts
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            key.columns + [
                .text(lease.token.rawValue), .text(claim.owner), .integer(lease.range.start.nanoseconds),
                .integer(lease.range.end.nanoseconds), .integer(length),
                .integer(now.advancedSaturating(byNanoseconds: length).nanoseconds), .integer(Int64(lease.attempts)),
            ]
        )
    }

    static func fail(
        _ lease: FetchLease,
        of key: LeaseKey,
        owner: String,
        _ failure: LeaseFailure,
        now: Timestamp,
        in transaction: any SQLTransaction
    ) throws {
        let wait = max(0, failure.retryAfter.nanosecondsSaturating)
        let provider = key.providerName
        let place: [SQLValue]
        // One that was taken over is somebody else's to fail; what concerns the provider is told all the same.
        let held = try transaction.execute("DELETE FROM fetch_leases WHERE token = $1", [.text(lease.token.rawValue)])
        if failure.range == nil {
            place = [.text(provider), .text(""), .text(""), .text("provider"), .text("provider \(provider)")]
        } else {
            guard held > 0 else { return }
            place = key.columns + [.text(lease.token.rawValue)]
        }
        let range = failure.range ?? LeaseKey.latestRange
        try transaction.execute(
            """
            INSERT INTO fetch_leases (
                provider, symbol, timeframe, kind, token, owner, range_start, range_end, length_ns, expires_at,
                attempts, error_code, error_message
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (token) DO UPDATE SET owner = excluded.owner, range_start = excluded.range_start,
                range_end = excluded.range_end, length_ns = excluded.length_ns, expires_at = excluded.expires_at,
                attempts = excluded.attempts, error_code = excluded.error_code, error_message = excluded.error_message
            """,
            place + [
                .text(owner), .integer(range.start.nanoseconds), .integer(range.end.nanoseconds), .integer(wait),
                .integer(now.advancedSaturating(byNanoseconds: wait).nanoseconds), .integer(Int64(failure.attempts)),
                .text(failure.code), .text(failure.message.clipped(to: Self.messageCharactersMax)),
            ]
        )
    }

    static func renew(
        _ tokens: [LeaseToken],
        clock: StoreClock,
        in transaction: any SQLTransaction
    ) throws -> (renewed: Set<LeaseToken>, lost: Set<LeaseToken>) {
        let parameters = tokens.map { SQLValue.text($0.rawValue) }
        let now = clock.expression(transaction.dialect, position: tokens.count + 1)
        let held = "SELECT token FROM fetch_leases WHERE error_code IS NULL AND token IN (\(Self.places(tokens.count)))"
        let renewed = try transaction.query(
            """
            UPDATE fetch_leases SET expires_at = \(now.sql) + length_ns
            WHERE token IN (\(held) \(transaction.dialect.forUpdateSkippingLocked)) RETURNING token
            """,
            parameters + now.parameters
        ) { LeaseToken(rawValue: try $0.text(0)) }
        guard renewed.count < tokens.count else { return (Set(renewed), []) }
        let present = try transaction.query(held, parameters) { LeaseToken(rawValue: try $0.text(0)) }
        return (Set(renewed), Set(tokens).subtracting(present))
    }

    /// The places of so many parameters.
    static func places(_ count: Int) -> String {
        (1...max(1, count)).map { "$\($0)" }.joined(separator: ", ")
    }
}
