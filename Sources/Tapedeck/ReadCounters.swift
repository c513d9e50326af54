internal import Locking
internal import Metrics
internal import Synchronization

/// Counts what the cache does, for its statistics.
final class ReadCounters: Sendable {
    /// What purchases brought so far.
    struct Purchases {
        var begun = 0
        var failed = 0
        var records = 0
        var bytes = 0
        var costUSD = 0.0
    }

    private let memoryHits = Atomic<Int>(0)
    private let databaseHits = Atomic<Int>(0)
    private let providerReads = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let joins = Atomic<Int>(0)
    private let staleAnswers = Atomic<Int>(0)
    private let revalidations = Atomic<Int>(0)
    private let refreshesAhead = Atomic<Int>(0)
    private let retentionRuns = Atomic<Int>(0)
    private let retentionRows = Atomic<Int>(0)
    private let purchases = Locked(Purchases())

    /// The counts reach the metrics through the cache's statistics; a duration has to be told when it is measured.
    private let duration = Timer(label: "tapedeck_purchase_duration")

    func noteRead(_ tier: Tier) {
        switch tier {
        case .memory: self.memoryHits.add(1, ordering: .relaxed)
        case .database: self.databaseHits.add(1, ordering: .relaxed)
        case .provider: self.providerReads.add(1, ordering: .relaxed)
        }
    }

    func noteFailure() {
        self.failures.add(1, ordering: .relaxed)
    }

    func noteJoin(_ hasJoined: Bool) {
        guard hasJoined else { return }
        self.joins.add(1, ordering: .relaxed)
    }

    func noteStale() {
        self.staleAnswers.add(1, ordering: .relaxed)
    }

    func noteRevalidation() {
        self.revalidations.add(1, ordering: .relaxed)
    }

    func noteRefreshAhead() {
        self.refreshesAhead.add(1, ordering: .relaxed)
    }

    func noteRetention(rows: Int) {
        self.retentionRuns.add(1, ordering: .relaxed)
        self.retentionRows.add(rows, ordering: .relaxed)
    }

    func notePurchaseBegun() {
        self.purchases.withLock { $0.begun += 1 }
    }

    func notePurchaseEnded(records: Int, bytes: Int, costUSD: Double?, duration: Duration, hasFailed: Bool) {
        self.purchases.withLock { purchases in
            purchases.failed += hasFailed ? 1 : 0
            purchases.records += records
            purchases.bytes += bytes
            purchases.costUSD += costUSD ?? 0
        }
        self.duration.recordNanoseconds(duration.clampedNanoseconds)
    }

    /// Writes what was counted into `statistics`.
    func write(into statistics: inout CacheStatistics) {
        let purchases = self.purchases.withLock { $0 }
        statistics.memoryHits = self.memoryHits.load(ordering: .relaxed)
        statistics.databaseHits = self.databaseHits.load(ordering: .relaxed)
        statistics.providerReads = self.providerReads.load(ordering: .relaxed)
        statistics.failures = self.failures.load(ordering: .relaxed)
        statistics.joins = self.joins.load(ordering: .relaxed)
        statistics.staleAnswers = self.staleAnswers.load(ordering: .relaxed)
        statistics.revalidations = self.revalidations.load(ordering: .relaxed)
        statistics.refreshesAhead = self.refreshesAhead.load(ordering: .relaxed)
        statistics.retentionRuns = self.retentionRuns.load(ordering: .relaxed)
        statistics.retentionRowsRemoved = self.retentionRows.load(ordering: .relaxed)
        statistics.purchases = purchases.begun
        statistics.purchaseFailures = purchases.failed
        statistics.recordsBought = purchases.records
        statistics.bytesBought = purchases.bytes
        statistics.costUSD = purchases.costUSD
    }
}
