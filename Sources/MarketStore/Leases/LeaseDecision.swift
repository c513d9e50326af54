import MarketData

/// Decides a claim: pure, told what the table of leases holds, what the clock says, and then what is missing.
struct LeaseDecision {
    /// How long after its end a failure still counts as the one before, so that the waits of a place grow.
    private static let failureMemoryNanoseconds: Int64 = 60_000_000_000

    let claim: LeaseClaim
    let now: Timestamp
    /// When the database's server was first met after its last start; nil where there is none.
    let serverMetAt: Timestamp?
    private let rows: [LeaseRow]

    init(_ claim: LeaseClaim, rows: [LeaseRow], now: Timestamp, serverMetAt: Timestamp?) {
        self.claim = claim
        self.now = now
        self.serverMetAt = serverMetAt
        self.rows = rows
    }

    /// The rows that a clock ahead of this one wrote: they are to end when `LeaseRow.end` says.
    var ahead: [LeaseRow] { self.rows.filter { $0.isAhead(now: self.now) } }

    /// The rows that are in the way of `missing` and count no more: to be removed.
    ///
    /// That is what has ended, and what the claimer got before without knowing it: no two of its claims overlap, so what
    /// it claims now is nobody else's of its own. A lease that has ended and is in nobody's way stays: its holder may
    /// still store.
    func void(in missing: RangeSet) -> [LeaseRow] {
        self.rows.filter { row in
            guard row.failure?.concernsWholeProvider != true, !missing.intersection(row.range).isEmpty,
                !self.claim.holding.contains(row.token)
            else { return false }
            if row.failure != nil, !self.claim.heedsFailures { return true }
            return !self.isStanding(row) || (row.failure == nil && row.owner == self.claim.owner)
        }
    }

    private func isStanding(_ row: LeaseRow) -> Bool {
        self.now < row.end(now: self.now, serverMetAt: self.serverMetAt)
    }

    /// What the claimer gets of `missing`, from which the rows `removed` were in the way.
    ///
    /// A row that could not be removed is being stored at this moment: it is held. Ranges are granted from the oldest on,
    /// up to the first that failed a short while ago.
    func answer(missing: RangeSet, removed: [LeaseRow]) -> LeaseAnswer {
        let heldRows = self.rows.filter { row in
            row.failure == nil && !missing.intersection(row.range).isEmpty && !removed.contains(row)
        }
        let held = RangeSet(heldRows.lazy.map(\.range))
        var granted: [FetchLease] = []
        var failure: LeaseFailure?
        var left = missing.subtracting(held)
        for range in left.ranges {
            failure = self.failure(of: range)
            guard failure == nil, granted.count < self.claim.grantsMax else { break }
            granted.append(
                FetchLease(
                    token: self.claim.token(granted.count),
                    range: range,
                    attempts: self.attempts(range, removed)
                )
            )
            left.remove(range)
        }
        let ends = heldRows.filter(self.isStanding).map { $0.end(now: self.now, serverMetAt: self.serverMetAt) }
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
        guard self.claim.heedsFailures else { return nil }
        let failures = self.rows.compactMap { row -> LeaseFailure? in
            guard let failure = row.failure, self.isStanding(row),
                failure.concernsWholeProvider || row.range.overlaps(range)
            else {
                return nil
            }
            let end = row.end(now: self.now, serverMetAt: nil)
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

    private func attempts(_ range: TimeRange, _ removed: [LeaseRow]) -> Int {
        let oldest = self.now.advancedSaturating(byNanoseconds: -Self.failureMemoryNanoseconds)
        return removed.lazy.filter { row in
            row.range.overlaps(range) && oldest < row.expiresAt
        }.map(\.attempts).max() ?? 0
    }
}
