internal import Locking
internal import MarketStore
internal import Synchronization

/// Counts what the cache does, for its statistics.
final class ReadCounters: Sendable {
    /// What purchases brought so far, and what was not needed.
    private struct Purchases {
        var begun = 0
        var failed = 0
        var records = 0
        var bytes = 0
        var costUSD = 0.0
        var savings = Savings()
    }

    // Every read from memory raises these two.
    private let memoryHits = StripedCounter()
    private let unboughtBars = StripedCounter()
    private let unboughtQuotes = Atomic<Int>(0)
    private let unboughtLatest = Atomic<Int>(0)
    private let databaseHits = Atomic<Int>(0)
    private let providerReads = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let joins = Atomic<Int>(0)
    private let staleAnswers = Atomic<Int>(0)
    private let revalidations = Atomic<Int>(0)
    private let refreshesAhead = Atomic<Int>(0)
    private let retentionRuns = Atomic<Int>(0)
    private let retentionRows = Atomic<Int>(0)
    private let ledgerFailures = Atomic<Int>(0)
    private let budgetRefusals = Atomic<Int>(0)
    private let packedBlocks = Atomic<Int>(0)
    private let packedBars = Atomic<Int>(0)
    private let packedBytes = Atomic<Int>(0)
    private let purchases = Locked(Purchases())

    /// Notes bars that memory alone answered.
    func noteHeld(barCount: Int) {
        self.memoryHits.add(1)
        self.unboughtBars.add(barCount)
    }

    func noteRead(_ read: ReadFigures) {
        switch read.tier {
        case .memory: self.memoryHits.add(1)
        case .database: self.databaseHits.add(1, ordering: .relaxed)
        case .provider: self.providerReads.add(1, ordering: .relaxed)
        }
        switch read.kind {
        case .bars: self.unboughtBars.add(read.unboughtCount)
        case .quotes: self.unboughtQuotes.add(read.unboughtCount, ordering: .relaxed)
        case .latest: self.unboughtLatest.add(read.unboughtCount, ordering: .relaxed)
        }
        if read.isStale { self.staleAnswers.add(1, ordering: .relaxed) }
    }

    func noteFailure() {
        self.failures.add(1, ordering: .relaxed)
    }

    func noteJoin(_ hasJoined: Bool) {
        guard hasJoined else { return }
        self.joins.add(1, ordering: .relaxed)
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

    func notePacked(_ tally: PackingTally) {
        self.packedBlocks.add(tally.blockCount, ordering: .relaxed)
        self.packedBars.add(tally.barCount, ordering: .relaxed)
        self.packedBytes.add(tally.byteCount, ordering: .relaxed)
    }

    func noteLedgerFailure() {
        self.ledgerFailures.add(1, ordering: .relaxed)
    }

    func noteBudgetRefusal() {
        self.budgetRefusals.add(1, ordering: .relaxed)
    }

    func notePurchaseBegun() {
        self.purchases.withLock { $0.begun += 1 }
    }

    func notePurchaseEnded(_ kind: NewPurchase.Kind, _ figures: PurchaseFigures, hasFailed: Bool) {
        let unboughtCount = self.unboughtCount(kind)
        self.purchases.withLock { purchases in
            purchases.failed += hasFailed ? 1 : 0
            purchases.records += figures.recordCount
            purchases.bytes += figures.byteCount
            purchases.costUSD += figures.costUSD ?? 0
            purchases.savings.settle(kind, unboughtCount: unboughtCount)
            purchases.savings.notePurchase(
                kind,
                records: figures.recordCount,
                bytes: figures.byteCount,
                usd: figures.costUSD
            )
        }
    }

    /// Writes what was counted into `statistics`.
    func write(into statistics: inout CacheStatistics) {
        let unbought = NewPurchase.Kind.allCases.map { ($0, self.unboughtCount($0)) }
        let purchases = self.purchases.withLock { purchases in
            for (kind, count) in unbought { purchases.savings.settle(kind, unboughtCount: count) }
            return purchases
        }
        statistics.memoryHits = self.memoryHits.value
        statistics.databaseHits = self.databaseHits.load(ordering: .relaxed)
        statistics.providerReads = self.providerReads.load(ordering: .relaxed)
        statistics.failures = self.failures.load(ordering: .relaxed)
        statistics.joins = self.joins.load(ordering: .relaxed)
        statistics.staleAnswers = self.staleAnswers.load(ordering: .relaxed)
        statistics.revalidations = self.revalidations.load(ordering: .relaxed)
        statistics.refreshesAhead = self.refreshesAhead.load(ordering: .relaxed)
        statistics.retentionRuns = self.retentionRuns.load(ordering: .relaxed)
        statistics.retentionRowsRemoved = self.retentionRows.load(ordering: .relaxed)
        statistics.packedBlocks = self.packedBlocks.load(ordering: .relaxed)
        statistics.packedBars = self.packedBars.load(ordering: .relaxed)
        statistics.packedBytes = self.packedBytes.load(ordering: .relaxed)
        statistics.ledgerFailures = self.ledgerFailures.load(ordering: .relaxed)
        statistics.budgetRefusals = self.budgetRefusals.load(ordering: .relaxed)
        statistics.purchases = purchases.begun
        statistics.purchaseFailures = purchases.failed
        statistics.recordsBought = purchases.records
        statistics.bytesBought = purchases.bytes
        statistics.costUSD = purchases.costUSD
        statistics.recordsSaved = unbought.reduce(0) { $0 + $1.1 }
        statistics.bytesSaved = Int(purchases.savings.bytes)
        statistics.savedUSD = purchases.savings.usd
    }

    /// What was answered of a kind without buying it.
    private func unboughtCount(_ kind: NewPurchase.Kind) -> Int {
        switch kind {
        case .bars: self.unboughtBars.value
        case .quotes: self.unboughtQuotes.load(ordering: .relaxed)
        case .latest: self.unboughtLatest.load(ordering: .relaxed)
        }
    }
}
