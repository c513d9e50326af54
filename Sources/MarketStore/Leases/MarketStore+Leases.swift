public import MarketData
import SQLDatabase

extension MarketStore {
    /// Grants the claimer what is missing of a series and nobody else is buying.
    ///
    /// `missing` is told what is known of the series and the database's clock, inside the transaction, so it must be
    /// quick. One claim of a series is decided at a time, on whichever worker. It may be made again when its answer was
    /// lost.
    public func claim(
        _ series: Series,
        _ claim: LeaseClaim,
        missing: @escaping @Sendable (Coverage, Timestamp) -> RangeSet
    ) async throws -> LeaseAnswer {
        try await self.claim(.records(series), claim) { transaction, now in
            let coverage = try transaction.query(
                "SELECT coverage FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4",
                series.keyColumns
            ) { try CoverageCodec.decode(try $0.blob(0)) }
            return missing(coverage.first ?? Coverage(), now)
        }
    }

    /// Grants the claimer the purchase of a symbol's newest prices unless somebody else makes it.
    ///
    /// `isMissing` is told when they were last asked for, nil for never, and the database's clock.
    public func claimLatest(
        provider: ProviderID,
        symbol: String,
        _ claim: LeaseClaim,
        isMissing: @escaping @Sendable (Timestamp?, Timestamp) -> Bool
    ) async throws -> LeaseAnswer {
        try await self.claim(.latest(provider: provider, symbol: symbol), claim) { transaction, now in
            let askedAt = try transaction.query(
                "SELECT fetched_at FROM latest_fetches WHERE symbol = $1 AND provider = $2",
                [.text(symbol), .text(provider.description)]
            ) { Timestamp(nanoseconds: try $0.integer(0)) }
            return isMissing(askedAt.first, now) ? RangeSet(LeaseKey.latestRange) : RangeSet()
        }
    }

    /// Grants the claimer a piece of work on the database unless somebody else does it.
    public func claimTask(_ name: String, _ claim: LeaseClaim) async throws -> LeaseAnswer {
        try await self.claim(.task(name), claim) { _, _ in RangeSet(LeaseKey.latestRange) }
    }

    /// A lease that is gone was given up in the transaction that stored its range, so what is known has to be read after
    /// the leases.
    private func claim(
        _ key: LeaseKey,
        _ claim: LeaseClaim,
        missing: @escaping @Sendable (any SQLTransaction, Timestamp) throws -> RangeSet
    ) async throws -> LeaseAnswer {
        guard claim.length > .zero, claim.grantsMax > 0 else {
            throw StoreError(.invalidArgument, "a claim takes a length above 0 and at least one lease")
        }
        return try await self.database.write(timeout: self.deadline) { [clock = self.clock] transaction in
            if let lock = transaction.dialect.namedLockStatement {
                try transaction.execute(lock, [.text(key.lockName)])
            }
            let decision = try LeaseTable.decision(of: claim, key, clock: clock, in: transaction)
            for row in decision.ahead { try LeaseTable.shorten(row, now: decision.now, in: transaction) }
            let missing = try missing(transaction, decision.now)
            let removed = try decision.void(in: missing).filter { try LeaseTable.remove($0, in: transaction) }
            let answer = decision.answer(missing: missing, removed: removed)
            for lease in answer.granted {
                try LeaseTable.insert(lease, key, of: claim, now: decision.now, in: transaction)
            }
            return answer
        }
    }

    /// Makes leases stand for their whole length from now, and answers which were renewed and which are lost.
    ///
    /// One that is in neither is being stored at this moment, which renews it as well.
    public func renew(_ tokens: [LeaseToken]) async throws -> (renewed: Set<LeaseToken>, lost: Set<LeaseToken>) {
        guard !tokens.isEmpty else { return ([], []) }
        return try await self.database.write(timeout: self.deadline) { [clock = self.clock] transaction in
            try LeaseTable.renew(tokens, clock: clock, in: transaction)
        }
    }

    /// Gives leases back: others may have them at once.
    public func release(_ tokens: [LeaseToken]) async throws {
        guard !tokens.isEmpty else { return }
        try await self.database.write(timeout: self.deadline) { transaction in
            try transaction.execute(
                "DELETE FROM fetch_leases WHERE error_code IS NULL AND token IN (\(LeaseTable.places(tokens.count)))",
                tokens.map { .text($0.rawValue) }
            )
        }
    }

    /// Gives back everything that a worker holds.
    public func releaseAll(of owner: String) async throws {
        try await self.database.write(timeout: self.deadline) { transaction in
            try transaction.execute(
                "DELETE FROM fetch_leases WHERE owner = $1 AND error_code IS NULL",
                [.text(owner)]
            )
        }
    }

    /// Lets a failure stand in place of a lease, or of all purchases at the provider when it has no range.
    ///
    /// Until it ends, claims get it instead of a lease.
    public func fail(_ lease: FetchLease, of key: LeaseKey, owner: String, _ failure: LeaseFailure) async throws {
        try await self.database.write(timeout: self.deadline) { [clock = self.clock] transaction in
            let now = try clock.now(in: transaction)
            try LeaseTable.fail(lease, of: key, owner: owner, failure, now: now, in: transaction)
        }
    }

    /// Removes what ended so long ago that nobody can want it, and answers how many rows that were.
    ///
    /// A lease that merely expired still lets its holder store.
    public func deleteLeases(endedBefore age: Duration) async throws -> Int {
        try await self.database.write(timeout: self.deadline) { [clock = self.clock] transaction in
            let now = try clock.now(in: transaction).before(age)
            return try transaction.execute(
                "DELETE FROM fetch_leases WHERE expires_at < $1",
                [.integer(now.nanoseconds)]
            )
        }
    }
}
