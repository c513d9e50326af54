internal import Logging
internal import MarketData
internal import MarketStore

/// Packs old bars beside a worker, one worker of all that share the database at a time.
struct BarPacker: Sendable {
    /// The name of the lease under which one worker does it.
    static let task = "pack"
    /// Series listed by one query.
    private static let listPageMax = 1_000

    let core: CacheCore
    /// How long ago a stretch has ended that is packed.
    let age: Duration

    /// A packer; nil where nothing is to be packed: where the store keeps rows, and outside of cache mode, in which alone
    /// there are leases.
    init?(core: CacheCore) {
        guard core.isCaching, let age = core.store.marketStore.packAfter else { return nil }
        self.core = core
        self.age = age
    }

    /// Packs all that is old enough, unless another worker does it or the database is away.
    ///
    /// It ends early when the database fails, when its lease is not trusted any more, or when the task is cancelled; the
    /// next time it goes on. What fails is logged.
    func run() async {
        guard self.core.store.isUp else { return }
        do {
            guard let lease = try await self.core.store.claimTask(Self.task) else { return }
            await self.run(under: lease)
            if Task.isCancelled {
                // The worker is stopping, and gives back everything at the end.
                self.core.store.releaseLater(lease)
            } else {
                await self.core.store.release([lease])
            }
        } catch {
            guard !error.isCancellation else { return }
            self.core.logger.warning("packing old bars could not begin: \(error)")
        }
    }

    private func run(under lease: FetchLease) async {
        let begunTick = self.core.clock.now()
        var tally = PackingTally()
        var failure: (any Error)?
        var failedSeries = 0
        do {
            var last: Series?
            repeat {
                let names = try await self.core.store.marketStore.seriesNames(after: last, limit: Self.listPageMax)
                for series in names where series.kind == .bars {
                    guard let failed = try await self.pack(series, lease, into: &tally) else { continue }
                    self.core.logger.warning("old bars of \(series) could not be packed: \(failed)")
                    failedSeries += 1
                }
                last = names.count < Self.listPageMax ? nil : names.last
            } while last != nil && self.mayGoOn(lease)
        } catch {
            failure = error
        }
        let seconds = Double(self.core.clock.now() - begunTick) / 1e9
        self.log(tally, failure, failedSeries: failedSeries, seconds: seconds, lease)
    }

    /// Packs a series, and answers what failed about it alone; throws what concerns the others too.
    private func pack(
        _ series: Series,
        _ lease: FetchLease,
        into tally: inout PackingTally
    ) async throws -> (any Error)? {
        var own = PackingTally()
        defer {
            self.core.counters.notePacked(own)
            tally.add(own)
        }
        do {
            let packing = SeriesPacking(self.core.store.marketStore, .pack(olderThan: self.age))
            try await packing.run(series, into: &own) { _ in self.mayGoOn(lease) }
            return nil
        } catch {
            if SeriesPacking.concernsAllSeries(error) { throw error }
            return error
        }
    }

    private func mayGoOn(_ lease: FetchLease) -> Bool {
        !Task.isCancelled && self.core.store.isUp && self.core.store.isTrusted(lease)
    }

    /// One line for all of it.
    private func log(
        _ tally: PackingTally,
        _ failure: (any Error)?,
        failedSeries: Int,
        seconds: Double,
        _ lease: FetchLease
    ) {
        var metadata: Logger.Metadata = [
            "blocks": "\(tally.blockCount)", "bars": "\(tally.barCount)", "bytes": "\(tally.byteCount)",
            "seconds": "\((seconds * 1_000).rounded() / 1_000)",
        ]
        if failedSeries > 0 { metadata["failed_series"] = "\(failedSeries)" }
        if !tally.damages.isEmpty { metadata["damaged_blocks"] = "\(tally.damages.count)" }
        if let failure, !failure.isCancellation {
            metadata["error"] = "\(failure)"
            self.core.logger.warning(
                "not all old bars could be packed; it is tried again in an hour",
                metadata: metadata
            )
        } else if !self.mayGoOn(lease) {
            self.core.logger.info("packing old bars was broken off and goes on the next time", metadata: metadata)
        } else {
            let level: Logger.Level = tally == PackingTally() && failedSeries == 0 ? .debug : .info
            self.core.logger.log(level: level, "old bars packed", metadata: metadata)
        }
    }
}
