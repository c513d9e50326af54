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
    ///
    /// Several writes share a transaction: one at first, then twice as many each time. One that is refused takes the
    /// others of its transaction with it, and one that takes too long as well: so both are followed by single ones.
    func writePending() async -> Bool {
        var writtenCount = 0
        var writesMax = 1
        while true {
            let batch = self.state.withLock {
                $0.queue.next(writesMax: writesMax, recordsMax: self.configuration.writeBehindBatchRecordsMax)
            }
            do {
                guard !batch.isEmpty else {
                    try await self.marketStore.probe()
                    guard self.noteRecovery(writtenCount) else { continue }
                    await self.releaseReturned()
                    return true
                }
                try await self.write(batch)
                self.noteWritten(batch)
                writtenCount += batch.reduce(0) { $0 + $1.weight }
                writesMax = min(writesMax * 2, self.configuration.writeBehindBatchWritesMax)
            } catch let error as SQLError where error.isOutage {
                self.logger.debug("the database is not back", metadata: ["error": "\(error)"])
                let now = self.wallClock()
                if self.state.withLock({ $0.health.noteOutage(.unwritable, at: now) }) { self.changes.signalAll() }
                return false
            } catch  where error.isCancellation {
                return false
            } catch {
                guard let first = batch.first else {
                    self.logger.error("the database cannot be used", metadata: ["error": "\(error)"])
                    return false
                }
                if batch.count == 1 {
                    do {
                        try await self.giveUp(first, because: error)
                    } catch {
                        let isAway = error.isCancellation || (error as? SQLError)?.isOutage == true
                        self.logger.log(
                            level: isAway ? .debug : .error,
                            "the database does not say whether it has what waits",
                            metadata: ["error": "\(error)"]
                        )
                        return false
                    }
                }
                writesMax = 1
            }
        }
    }

    private func noteWritten(_ batch: [PendingWrite]) {
        let now = self.wallClock()
        self.state.withLock { state in
            for write in batch { state.queue.remove(write.id) }
            state.health.noteWritten(at: now)
            state.coverages.noteContact(begun: now)
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
    ///
    /// It is lost unless its lease is gone because it is stored already. Throws what the database throws that is asked.
    private func giveUp(_ refused: PendingWrite, because error: any Error) async throws {
        if (error as? StoreError)?.code == .leaseLost {
            let tick = self.clock.now()
            let isStored = try await self.isStored(refused.content)
            let isOurs =
                refused.content.lease.map { token in self.held.withLock { $0.isOurs(token, tick: tick) } } ?? false
            if !isStored || !isOurs { self.state.withLock { $0.refusedCount += 1 } }
            if isStored {
                if !isOurs {
                    self.logger.warning(
                        "what waited is stored and its lease is gone: taken over, or an attempt without an answer wrote it"
                    )
                }
                return self.noteWritten([refused])
            }
        }
        self.logger.error("the database refuses what was bought: \(error)")
        self.state.withLock { $0.queue.remove(refused.id) }
        self.noteLoss([refused])
    }

    /// Whether it is stored, by an attempt without an answer, which took its lease, or by another worker that did.
    private func isStored(_ content: PendingWrite.Content) async throws -> Bool {
        switch content {
        case .bars(let piece): return try await self.isStored(piece.series, piece.range)
        case .quotes(let piece): return try await self.isStored(piece.series, piece.range)
        case .latest: return true
        case .mappings, .purchaseBegun, .purchaseEnded: return false
        }
    }

    /// Writes all or nothing.
    private func write(_ batch: [PendingWrite]) async throws {
        let tick = self.clock.now()
        let tickets = batch.map { write -> MemoryTicket? in
            if case .bars(let piece) = write.content { self.memory.ticket(piece.series) } else { nil }
        }
        let outcomes = try await self.marketStore.store(batch.map { $0.aged(to: tick) })
        for (index, (write, outcome)) in zip(batch, outcomes).enumerated() {
            switch (write.content, outcome) {
            case (.bars(let piece), .bars(let outcome)):
                self.note(piece.series, outcome, tick: tick)
                if let ticket = tickets[index] { self.correctMemory(piece, outcome, ticket: ticket, tick: tick) }
                self.sender.tell(outcome, of: piece.series, piece.range, isWarm: true)
            case (.quotes(let piece), .quotes(let outcome)):
                self.note(piece.series, outcome, tick: tick)
                self.sender.tell(outcome, of: piece.series, piece.range, isWarm: true)
            default:
                if case .latest(let key, _) = write.content { self.sender.tell(.latest(key)) }
            }
        }
    }

    /// Memory holds a piece as it was foreseen; what the database knew besides, such as a revision, is in the outcome.
    private func correctMemory(
        _ piece: StoredPiece<Bar>,
        _ outcome: StoreOutcome<Bar>,
        ticket: MemoryTicket,
        tick: Int64
    ) {
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

extension PendingWrite {
    /// What is to be written at `tick`, as old as it is then.
    fileprivate func aged(to tick: Int64) -> StoreWrite {
        let age = Duration.nanoseconds(max(0, tick - self.tick))
        switch self.content {
        case .purchaseBegun(let purchase):
            // Its end follows, or comes with the true times when it does.
            return .purchaseBegun(purchase, age: age)
        case .purchaseEnded(let purchase, let begun, let figures, let error):
            let sinceBegun = Duration.nanoseconds(max(0, tick - begun))
            return .purchaseEnded(purchase, age: sinceBegun, sinceEnd: age, figures: figures, error: error)
        case .bars(var piece):
            piece.age = age
            return .bars(piece)
        case .quotes(var piece):
            piece.age = age
            return .quotes(piece)
        case .latest(let key, let records):
            return .latest(
                provider: key.provider,
                symbol: key.symbol,
                quote: records.quote,
                trade: records.trade,
                lease: records.lease,
                age: age
            )
        case .mappings(let provider, let rows):
            return .mappings(provider, rows)
        }
    }
}
