import MarketData
import SQLDatabase

/// A row of `fetch_leases`.
struct LeaseRow: Hashable, Sendable {
    let token: LeaseToken
    let owner: String
    let range: TimeRange
    /// How long it stands from when it was made or renewed.
    let lengthNanoseconds: Int64
    let expiresAt: Timestamp
    let attempts: Int
    /// What failed, for a row that stands for a failure.
    let failure: Failure?

    struct Failure: Hashable, Sendable {
        let code: String
        let message: String
        let concernsWholeProvider: Bool
    }

    static let columns =
        "token, kind, range_start, range_end, length_ns, expires_at, attempts, error_code, error_message, owner"

    /// When it ends.
    ///
    /// When the server is back a lease lives on for its length and the time in which its holder notices it, because nobody
    /// could renew it while the server was down; `serverMetAt` is since when. One that ends later than it can was written by a
    /// clock ahead of this one: it ends its length from now.
    func end(now: Timestamp, serverMetAt: Timestamp?) -> Timestamp {
        let met = self.failure == nil ? serverMetAt : nil
        let afterStart = met?.advancedSaturating(byNanoseconds: self.lengthNanoseconds + Self.returnNanoseconds)
        let latest = now.advancedSaturating(byNanoseconds: self.lengthNanoseconds)
        return min(max(self.expiresAt, afterStart ?? self.expiresAt), latest)
    }

    /// How much later than another worker a holder may find the server again: it looks every second, and connecting to a
    /// busy machine takes a while.
    static let returnNanoseconds: Int64 = 5_000_000_000

    /// Whether its clock was ahead.
    func isAhead(now: Timestamp) -> Bool {
        now.advancedSaturating(byNanoseconds: self.lengthNanoseconds) < self.expiresAt
    }
}

extension LeaseRow {
    /// Reads the columns from `offset` on; nil where a LEFT JOIN found no row.
    init?(row: any SQLRow, at offset: Int) throws {
        guard !row.isNull(offset) else { return nil }
        let start = Timestamp(nanoseconds: try row.integer(offset + 2))
        let end = Timestamp(nanoseconds: try row.integer(offset + 3))
        guard let range = TimeRange(start, end) else {
            throw StoreError(.corruptRow, "a lease from \(start) to \(end) has no length")
        }
        let concernsWholeProvider = try row.text(offset + 1) == "provider"
        self.init(
            token: LeaseToken(rawValue: try row.text(offset)),
            owner: try row.text(offset + 9),
            range: range,
            lengthNanoseconds: try row.integer(offset + 4),
            expiresAt: Timestamp(nanoseconds: try row.integer(offset + 5)),
            attempts: Int(try row.integer(offset + 6)),
            failure: row.isNull(offset + 7)
                ? nil
                : Failure(
                    code: try row.text(offset + 7),
                    message: row.isNull(offset + 8) ? "" : try row.text(offset + 8),
                    concernsWholeProvider: concernsWholeProvider
                )
        )
    }
}
