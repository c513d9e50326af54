internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// How long after its end a row of the table of leases is removed by whoever comes by.
    private static let leaseRetention: Duration = .seconds(86_400)

    /// Claims what is missing of a series; nil while the database takes no writes, when nobody can have leases.
    func claim(
        _ series: Series,
        grantsMax: Int,
        missing: @escaping @Sendable (Coverage, Timestamp) -> RangeSet
    ) async throws -> LeaseAnswer? {
        try await self.claiming(grantsMax) { try await self.marketStore.claim(series, $0, missing: missing) }
    }

    /// Claims the purchase of a symbol's newest prices: see `claim`.
    func claimLatest(
        _ key: LatestKey,
        isMissing: @escaping @Sendable (Timestamp?, Timestamp) -> Bool
    ) async throws -> LeaseAnswer? {
        try await self.claiming(1) {
            try await self.marketStore.claimLatest(
                provider: key.provider,
                symbol: key.symbol,
                $0,
                isMissing: isMissing
            )
        }
    }

    /// Claims a piece of work on the database; nil while another worker does it or the database takes no writes.
    func claimTask(_ name: String) async throws -> FetchLease? {
        try await self.claiming(1) { try await self.marketStore.claimTask(name, $0) }?.granted.first
    }

    private func claiming(
        _ grantsMax: Int,
        _ body: (LeaseClaim) async throws -> LeaseAnswer
    ) async throws -> LeaseAnswer? {
        // What was given back while the database was away is not to stand in anybody's way.
        await self.releaseReturned()
        let claim = LeaseClaim(
            owner: self.owner,
            length: self.configuration.leaseDuration,
            grantsMax: grantsMax,
            holding: self.held.withLock { Set($0.tokens) },
            heedsFailures: self.configuration.heedsFailuresOfOthers
        )
        var tick = self.clock.now()
        let answer = try await self.writing {
            tick = self.clock.now()
            return try await body(claim)
        }
        if let answer { self.held.withLock { $0.add(answer.granted, tick: tick) } }
        return answer
    }

    /// Whether the provider may still be asked for what the lease is about.
    func isTrusted(_ lease: FetchLease) -> Bool {
        let tick = self.clock.now()
        return self.held.withLock { $0.isTrusted(lease.token, tick: tick) }
    }

    /// Gives a lease back with the next renewal or at the end of the process, without asking the database now.
    func releaseLater(_ lease: FetchLease) {
        self.held.withLock { $0.giveBack([lease.token]) }
    }

    /// Gives leases back, at once or, where something that was bought under them waits to be written, behind that.
    func release(_ leases: [FetchLease]) async {
        self.held.withLock { $0.giveBack(leases.map(\.token)) }
        await self.releaseReturned()
    }

    /// Hands a failure on to all workers in place of its lease.
    func handOn(_ failure: LeaseFailure, _ lease: FetchLease, of key: LeaseKey) async {
        guard self.isTrusted(lease), self.state.withLock({ $0.health.isUp }) else { return await self.release([lease]) }
        do {
            try await self.marketStore.fail(lease, of: key, owner: self.owner, failure)
            self.held.withLock { _ = $0.forget([lease.token]) }
        } catch {
            self.logger.warning("a failure could not be handed on to the other workers: \(error)")
            await self.release([lease])
        }
    }

    /// Keeps what is held standing; a lease that is gone is not trusted any more.
    func renewLeases() async {
        await self.releaseReturned()
        let tokens = self.held.withLock { $0.tokens }
        guard !tokens.isEmpty else { return }
        let tick = self.clock.now()
        do {
            let (renewed, lost) = try await self.marketStore.renew(tokens)
            let lostCount = self.held.withLock { held in
                held.noteRenewed(renewed, tick: tick)
                return held.forget(lost)
            }
            if lostCount > 0 {
                self.logger.notice("leases are gone: stored, or taken over", metadata: ["count": "\(lostCount)"])
            }
        } catch {
            self.logger.warning("leases could not be renewed: \(error)", metadata: ["count": "\(tokens.count)"])
        }
    }

    /// Gives back everything, for the end of the process.
    func releaseAllLeases() async {
        let tokens = self.held.withLock { $0.tokens }
        guard !tokens.isEmpty else { return }
        do {
            try await self.marketStore.releaseAll(of: self.owner)
            self.held.withLock { _ = $0.forget(tokens) }
        } catch {
            self.logger.warning("leases could not be given back and will expire: \(error)")
        }
    }

    /// Removes rows of workers that died long ago and whose ranges nobody asked for again.
    func removeDeadLeases() async {
        do {
            _ = try await self.marketStore.deleteLeases(endedBefore: Self.leaseRetention)
        } catch {
            self.logger.warning("leases of dead workers could not be removed: \(error)")
        }
    }

    /// Tells the database what was given back, except that under which something waits to be written.
    func releaseReturned() async {
        let returned = self.held.withLock { $0.returned }
        guard !returned.isEmpty else { return }
        let tokens = self.state.withLock { state in
            state.health.takesWrites ? returned.filter { !state.queue.leases.contains($0) } : []
        }
        guard !tokens.isEmpty else { return }
        do {
            try await self.marketStore.release(tokens)
            self.held.withLock { _ = $0.forget(tokens) }
            self.changes.signalAll()
        } catch {
            self.logger.warning("leases could not be given back and are tried again: \(error)")
        }
    }
}
