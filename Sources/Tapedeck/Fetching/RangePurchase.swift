internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// One upstream request for one range: written down before it is made, each piece stored as it comes.
struct RangePurchase: Sendable {
    /// How a purchase ended.
    struct Result {
        /// What was stored, nil when nothing was.
        let stored: TimeRange?
        let changes: StoredChanges
        /// Where the provider's data turned out to end, when that was before the end of the range.
        var availableEnd: Timestamp?
        /// Why it ended early.
        let error: ProviderError?
    }

    let core: CacheCore
    let series: Series
    let range: TimeRange
    let mode: CacheCore.Mode
    /// What allows it; nil while the database takes no writes.
    let lease: FetchLease?
    /// Bars from here on go into memory.
    let memoryStart: Timestamp
    let origin: RequestOrigin

    /// Buys the range.
    ///
    /// Throws `Withheld` when it must not be bought, and what the database throws that is not an outage.
    func run(_ provider: any MarketDataProvider) async throws -> Result {
        let purchase = NewPurchase(
            series: self.series,
            range: self.range,
            client: self.origin.client,
            requestID: self.origin.requestID
        )
        var open: OpenPurchase
        do {
            open = try await self.core.beginPurchase(
                purchase,
                recordsMax: Int(self.range.nanoseconds / self.series.timeframe.nanoseconds),
                mode: self.mode
            ) {
                try await provider.price(of: self.series, self.range)
            }
        } catch let error as ProviderError {
            return Result(stored: nil, changes: StoredChanges(), error: error)
        }
        open.lease = self.lease
        self.core.counters.notePurchaseBegun()
        let begun = self.core.clock.now()
        let request = FetchRequest(series: self.series, range: self.range, requestID: self.origin.requestID)
        var run = Run(progress: PurchaseProgress(range: self.range, timeframe: self.series.timeframe))
        var outcome: Swift.Result<FetchReceipt, any Error>
        do {
            outcome = .success(try await self.fetch(request, from: provider, open, &run))
        } catch {
            outcome = .failure(error)
        }
        // The provider may have wrapped it; what it wrapped says more.
        if let error = run.storeError { outcome = .failure(error) }
        let duration = Duration.nanoseconds(self.core.clock.now() - begun)
        await self.finish(open, outcome, recordCount: run.progress.recordCount, duration: duration)
        switch outcome {
        case .success(let receipt):
            return Result(
                stored: run.progress.stored,
                changes: run.changes,
                availableEnd: receipt.availableEnd,
                error: nil
            )
        case .failure(let error):
            if let error = run.storeError, !(error is StoreError) { throw error }
            return Result(stored: run.progress.stored, changes: run.changes, error: ProviderError(purchase: error))
        }
    }

    /// Asks the provider, as long as the lease is trusted.
    private func fetch(
        _ request: FetchRequest,
        from provider: any MarketDataProvider,
        _ open: OpenPurchase,
        _ run: inout Run
    ) async throws -> FetchReceipt {
        try await self.core.asking(under: self.lease) {
            switch self.series.kind {
            case .bars: try await provider.fetchBars(request) { try await self.keep($0, open, &run) }
            case .quotes: try await provider.fetchQuotes(request) { try await self.keep($0, open, &run) }
            }
        }
    }

    private struct Run {
        var progress: PurchaseProgress
        var changes = StoredChanges()
        var storeError: (any Error)?
    }

    private func keep(_ piece: FetchedPiece<Bar>, _ open: OpenPurchase, _ run: inout Run) async throws {
        guard let range = try run.progress.advance(to: piece.range, recordCount: piece.records.count) else { return }
        let stored = StoredPiece(
            series: self.series,
            records: piece.records,
            range: range,
            settledEnd: piece.settledEnd,
            mode: self.mode == .refresh ? .refresh : .fetch,
            lease: open.lease?.token
        )
        let tick = self.core.clock.now()
        do {
            let outcome = try await self.core.store.storeBars(stored, of: open)
            run.changes.inserted += outcome.inserted
            run.changes.revised += outcome.revised
            run.changes.unchanged += outcome.unchanged
            run.changes.removed += outcome.removed
            run.changes.changes += outcome.changes
            self.remember(outcome, range, tick: tick)
            self.core.sender.tell(outcome, of: self.series, range, isWarm: range.end > self.memoryStart)
        } catch {
            run.progress.retract(to: range.start)
            run.storeError = error
            throw error
        }
    }

    private func keep(_ piece: FetchedPiece<Quote>, _ open: OpenPurchase, _ run: inout Run) async throws {
        guard let range = try run.progress.advance(to: piece.range, recordCount: piece.records.count) else { return }
        let stored = StoredPiece(
            series: self.series,
            records: piece.records,
            range: range,
            settledEnd: piece.settledEnd,
            mode: self.mode == .refresh ? .refresh : .fetch,
            lease: open.lease?.token
        )
        do {
            let outcome = try await self.core.store.storeQuotes(stored, of: open)
            self.core.sender.tell(outcome, of: self.series, range, isWarm: false)
            run.changes.inserted += outcome.inserted
            run.changes.unchanged += outcome.unchanged
            run.changes.removed += outcome.removed
        } catch {
            run.progress.retract(to: range.start)
            run.storeError = error
            throw error
        }
    }

    /// Puts what was stored into memory, or out of it.
    private func remember(_ outcome: StoreOutcome<Bar>, _ range: TimeRange, tick: Int64) {
        let version = outcome.seriesID.map { SeriesVersion(seriesID: $0, known: outcome.version) }
        let commit = outcome.hasRaisedVersion ? outcome.version : nil
        guard range.end > self.memoryStart else {
            self.core.memory.forget(self.series, range, commits: commit.map { [$0...$0] } ?? [], tick: tick)
            return
        }
        self.core.memory.replace(
            self.series,
            MemoryContent(
                version: version,
                range: range,
                bars: outcome.records,
                coverage: outcome.coverage,
                databaseNow: outcome.databaseNow,
                tick: tick
            ),
            commit: commit
        )
    }

    /// Ends the purchase in the ledger.
    ///
    /// That this fails is logged, and keeps nobody from the data.
    private func finish(
        _ open: OpenPurchase,
        _ outcome: Swift.Result<FetchReceipt, any Error>,
        recordCount: Int,
        duration: Duration
    ) async {
        let receipt: FetchReceipt?
        var message: String?
        switch outcome {
        case .success(let whole):
            receipt = whole
        case .failure(let error):
            receipt = (error as? ProviderError)?.receipt
            message = String(describing: error)
        }
        let figures = PurchaseFigures(
            recordCount: receipt?.recordCount ?? recordCount,
            byteCount: receipt?.byteCount ?? 0,
            costUSD: receipt?.costUSD,
            requestCount: receipt?.requestCount ?? 1,
            duration: duration
        )
        await self.core.finishPurchase(open, figures, error: message, of: self.series.description)
        if let mappings = receipt?.mappings { await self.core.keepMappings(mappings, provider: self.series.provider) }
    }
}

extension ProviderError {
    /// The error of a purchase, in which a record that the store refuses is the provider's failure.
    init(purchase error: any Error) {
        if let error = error as? StoreError {
            self.init(error.code == .leaseLost ? .leaseLost : .corruptAnswer, error.message)
        } else {
            self.init(wrapping: error)
        }
    }
}
