internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

extension GuardedStore {
    /// Waits for outages, and after each tries with growing waits to write what is pending until the database is up.
    ///
    /// Returns when the task is cancelled.
    func recoverUntilCancelled() async {
        for await _ in self.outages {
            var wait = self.configuration.probeBackoff.lowerBound
            repeat {
                do {
                    try await self.clock.sleep(wait)
                } catch {
                    return
                }
                wait = min(wait * 2, self.configuration.probeBackoff.upperBound)
            } while await !self.writePending()
        }
    }

    /// Tries within the limit to write what is pending; logs and counts what is lost.
    ///
    /// For the end of the process: nothing may be bought any more.
    func drain() async {
        let deadline = self.clock.now().addingSaturating(
            self.configuration.writeBehindShutdownTimeout.clampedNanoseconds
        )
        while !self.state.withLock({ $0.queue.isEmpty }), await !self.writePending(), self.clock.now() < deadline {
            do {
                try await self.clock.sleep(self.configuration.probeBackoff.lowerBound)
            } catch {
                break
            }
        }
        self.noteLoss(self.state.withLock { $0.queue.removeAll() })
    }

    /// Writes what is pending, in its order, and answers whether the database is up now.
    func writePending() async -> Bool {
        var writtenCount = 0
        while true {
            let next = self.state.withLock { $0.queue.first }
            do {
                guard let next else {
                    try await self.marketStore.probe()
                    guard self.noteRecovery(writtenCount) else { continue }
                    return true
                }
                try await self.write(next)
                writtenCount += next.weight
                let now = self.wallClock()
                self.state.withLock { state in
                    state.queue.remove(next.id)
                    state.health.noteWritten(at: now)
                    state.coverages.noteContact(begun: now)
                }
            } catch let error as SQLError where error.isOutage {
                self.logger.debug("the database is not back", metadata: ["error": "\(error)"])
                return false
            } catch  where error.isCancellation {
                return false
            } catch {
                guard let next else {
                    self.logger.error("the database cannot be used", metadata: ["error": "\(error)"])
                    return false
                }
                self.giveUp(next, because: error)
            }
        }
    }

    /// Counts the database as up; false when something came to be pending meanwhile.
    private func noteRecovery(_ writtenCount: Int) -> Bool {
        let now = self.wallClock()
        let hasRecovered = self.state.withLock { state in
            guard state.queue.isEmpty else { return false }
            state.health.noteRecovery(at: now)
            state.coverages.noteContact(begun: now)
            return true
        }
        if hasRecovered {
            self.logger.notice("the database is back", metadata: ["written_behind": "\(writtenCount)"])
        }
        return hasRecovered
    }

    /// Leaves out what the database refuses for good, so that the rest is written.
    private func giveUp(_ refused: PendingWrite, because error: any Error) {
        self.logger.error("the database refuses what was bought: \(error)")
        self.state.withLock { $0.queue.remove(refused.id) }
        self.noteLoss([refused])
    }

    private func write(_ write: PendingWrite) async throws {
        let age = Duration.nanoseconds(max(0, self.clock.now() - write.tick))
        switch write.content {
        case .purchaseBegun(let purchase):
            // Its end follows, or comes with the true times when it does.
            _ = try await self.marketStore.beginPurchase(purchase, age: age)
        case .purchaseEnded(let purchase, let begun, let figures, let error):
            try await self.record(purchase, begun: begun, ended: write.tick, figures, error)
        case .bars(var piece):
            piece.age = age
            try await self.write(piece)
        case .quotes(var piece):
            piece.age = age
            let tick = self.clock.now()
            let outcome = try await self.marketStore.storeQuotes(piece)
            self.note(piece.series, outcome.coverage, databaseNow: outcome.databaseNow, tick: tick)
        case .latest(let key, let records):
            try await self.marketStore.storeLatest(
                provider: key.provider,
                symbol: key.symbol,
                quote: records.quote,
                trade: records.trade,
                purchase: nil,
                age: age
            )
        case .mappings(let provider, let rows):
            try await self.marketStore.storeMappings(provider: provider, rows)
        }
    }

    private func write(_ piece: StoredPiece<Bar>) async throws {
        let ticket = self.memory.ticket(piece.series)
        let tick = self.clock.now()
        let outcome = try await self.marketStore.storeBars(piece)
        self.note(piece.series, outcome.coverage, databaseNow: outcome.databaseNow, tick: tick)
        // Memory holds it as it was foreseen; what the database knew besides, such as a revision, is in the outcome.
        guard !self.memory.held(piece.series, in: piece.range).stretches.isEmpty else { return }
        let content = MemoryContent(
            range: piece.range,
            bars: outcome.records,
            coverage: outcome.coverage,
            databaseNow: outcome.databaseNow,
            tick: tick
        )
        self.memory.fill(content, ticket: ticket)
    }
}
