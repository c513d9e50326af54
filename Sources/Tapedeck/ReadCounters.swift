internal import Locking
internal import Metrics
internal import Synchronization

/// Counts what the cache does, for its statistics and for metrics.
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
    private let purchases = Locked(Purchases())

    private let memoryMetric = Counter(label: "tapedeck_reads_total", dimensions: [("tier", "memory")])
    private let databaseMetric = Counter(label: "tapedeck_reads_total", dimensions: [("tier", "database")])
    private let providerMetric = Counter(label: "tapedeck_reads_total", dimensions: [("tier", "provider")])
    private let failureMetric = Counter(label: "tapedeck_read_failures_total")
    private let joinMetric = Counter(label: "tapedeck_joined_reads_total")
    private let purchaseMetric = Counter(label: "tapedeck_purchases_total")
    private let purchaseFailureMetric = Counter(label: "tapedeck_purchase_failures_total")
    private let byteMetric = Counter(label: "tapedeck_bought_bytes_total")
    private let costMetric = FloatingPointCounter(label: "tapedeck_spent_usd_total")
    private let durationMetric = Timer(label: "tapedeck_purchase_seconds")

    func noteRead(_ tier: Tier) {
        switch tier {
        case .memory:
            self.memoryHits.add(1, ordering: .relaxed)
            self.memoryMetric.increment()
        case .database:
            self.databaseHits.add(1, ordering: .relaxed)
            self.databaseMetric.increment()
        case .provider:
            self.providerReads.add(1, ordering: .relaxed)
            self.providerMetric.increment()
        }
    }

    func noteFailure() {
        self.failures.add(1, ordering: .relaxed)
        self.failureMetric.increment()
    }

    func noteJoin(_ hasJoined: Bool) {
        guard hasJoined else { return }
        self.joins.add(1, ordering: .relaxed)
        self.joinMetric.increment()
    }

    func notePurchaseBegun() {
        self.purchases.withLock { $0.begun += 1 }
        self.purchaseMetric.increment()
    }

    func notePurchaseEnded(records: Int, bytes: Int, costUSD: Double?, duration: Duration, hasFailed: Bool) {
        self.purchases.withLock { purchases in
            purchases.failed += hasFailed ? 1 : 0
            purchases.records += records
            purchases.bytes += bytes
            purchases.costUSD += costUSD ?? 0
        }
        if hasFailed { self.purchaseFailureMetric.increment() }
        self.byteMetric.increment(by: bytes)
        if let costUSD { self.costMetric.increment(by: costUSD) }
        self.durationMetric.recordNanoseconds(duration.clampedNanoseconds)
    }

    /// Writes what was counted into `statistics`.
    func write(into statistics: inout CacheStatistics) {
        let purchases = self.purchases.withLock { $0 }
        statistics.memoryHits = self.memoryHits.load(ordering: .relaxed)
        statistics.databaseHits = self.databaseHits.load(ordering: .relaxed)
        statistics.providerReads = self.providerReads.load(ordering: .relaxed)
        statistics.failures = self.failures.load(ordering: .relaxed)
        statistics.joins = self.joins.load(ordering: .relaxed)
        statistics.purchases = purchases.begun
        statistics.purchaseFailures = purchases.failed
        statistics.recordsBought = purchases.records
        statistics.bytesBought = purchases.bytes
        statistics.costUSD = purchases.costUSD
    }
}
