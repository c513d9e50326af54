import MarketData

/// Decides a claim: pure, told what the table of leases holds and what the clock says.
///
/// First which rows have lapsed; the transaction then removes those, looks what is missing, and asks for the answer.
struct LeaseDecision {
    /// How long after its end a failure still counts as the one before, so that the waits of a place grow.
    private static let failureMemoryNanoseconds: Int64 = 60_000_000_000

    let claim: LeaseClaim
    let now: Timestamp
    /// When the database's server started, where that matters.
    let serverStart: Timestamp?
    private let standing: [LeaseRow]
    /// Rows that count no more.
    let lapsed: [LeaseRow]

    init(_ claim: LeaseClaim, rows: [LeaseRow], now: Timestamp, serverStart: Timestamp?) {
        self.claim = claim
        self.now = now
        self.serverStart = serverStart
        let isStanding: (LeaseRow) -> Bool = { row in
            now < row.end(now: now, serverStart: serverStart) && !claim.made(row.token)
        }
        self.standing = rows.filter(isStanding)
        self.lapsed = rows.filter { !isStanding($0) }
    }

    /// The standing rows that a clock ahead of this one wrote: they are to end when `LeaseRow.end` says.
    var ahead: [LeaseRow] { self.standing.filter { $0.isAhead(now: self.now) } }

    /// What the claimer gets of `missing`.
    ///
    /// `storing` are lapsed rows that could not be removed because their holder is storing: those are held. Ranges are
    /// granted from the oldest on, up to the first that failed a short while ago.
    func answer(missing: RangeSet, storing: [LeaseRow]) -> LeaseAnswer {
        let live = self.standing.filter { $0.failure == nil }
        let heldRows = (live + storing).filter { row in !missing.intersection(row.range).isEmpty }
        let held = RangeSet(heldRows.lazy.map(\.range))
        var granted: [FetchLease] = []
        var failure: LeaseFailure?
        var left = missing.subtracting(held)
        for range in left.ranges {
            failure = self.failure(of: range)
            guard failure == nil, granted.count < self.claim.grantsMax else { break }
            granted.append(
                FetchLease(token: self.claim.token(granted.count), range: range, attempts: self.attempts(range))
            )
            left.remove(range)
        }
        let ends = heldRows.map { max(self.now, $0.end(now: self.now, serverStart: self.serverStart)) }
        return LeaseAnswer(
            granted: granted,
            held: missing.intersection(held),
            heldFor: ends.min().map { .nanoseconds($0.nanosecondsApart(from: self.now)) },
            failure: failure,
            left: left,
            databaseNow: self.now
        )
    }

    /// The failure that keeps `range` from being tried, the one that lasts longest.
    private func failure(of range: TimeRange) -> LeaseFailure? {
        let failures = self.standing.compactMap { row -> LeaseFailure? in
            guard let failure = row.failure, failure.concernsWholeProvider || row.range.overlaps(range) else {
                return nil
            }
            let end = row.end(now: self.now, serverStart: nil)
            return LeaseFailure(
                range: failure.concernsWholeProvider ? nil : row.range,
                code: failure.code,
                message: failure.message,
                attempts: row.attempts,
                retryAfter: .nanoseconds(end.nanosecondsApart(from: self.now))
            )
        }
        return failures.max { $0.retryAfter < $1.retryAfter }
    }

    private func attempts(_ range: TimeRange) -> Int {
        let oldest = self.now.advancedSaturating(byNanoseconds: -Self.failureMemoryNanoseconds)
        return self.lapsed.lazy.filter { row in
            row.failure?.concernsWholeProvider != true && row.range.overlaps(range) && oldest < row.expiresAt
        }.map(\.attempts).max() ?? 0
    }
}
