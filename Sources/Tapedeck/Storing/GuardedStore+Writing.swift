internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// Stores bars, or keeps them until the database takes them, and answers what is stored of their range afterwards.
    ///
    /// Without room to keep them it waits for the database or for room. Throws what is not an outage, and the
    /// cancellation of a wait, with which the piece is lost.
    func storeBars(_ piece: StoredPiece<Bar>, of open: OpenPurchase) async throws -> StoreOutcome<Bar> {
        let tick = self.clock.now()
        return try await self.storing(
            piece,
            .bars(piece),
            of: open,
            write: { try await self.marketStore.storeBars(self.aged(piece, tick, open)) },
            preview: {
                let base = try await self.bars(piece.series, in: piece.range, limit: nil)
                return try base.storing(piece, within: piece.range)?.outcome
            }
        )
    }

    /// Stores quotes, or keeps them until the database takes them: see `storeBars`.
    func storeQuotes(_ piece: StoredPiece<Quote>, of open: OpenPurchase) async throws -> StoreOutcome<Quote> {
        let tick = self.clock.now()
        return try await self.storing(
            piece,
            .quotes(piece),
            of: open,
            write: { try await self.marketStore.storeQuotes(self.aged(piece, tick, open)) },
            preview: {
                let base = try await self.quotes(piece.series, in: piece.range, limit: nil)
                return try base.storing(piece, within: piece.range)?.outcome
            }
        )
    }

    /// Stores a symbol's newest prices, or keeps them until the database takes them.
    func storeLatest(_ key: LatestKey, quote: Quote?, trade: Trade?, of open: OpenPurchase) async throws {
        let tick = self.clock.now()
        let lease = open.lease?.token
        let content = PendingWrite.Content.latest(key, .init(quote: quote, trade: trade, lease: lease))
        var attempts = 0
        try await self.untilTaken(content, periods: 2, of: open, tick: tick) {
            attempts += 1
            do {
                try await self.marketStore.storeLatest(
                    provider: key.provider,
                    symbol: key.symbol,
                    quote: quote,
                    trade: trade,
                    purchase: open.id,
                    lease: lease,
                    age: .nanoseconds(max(0, self.clock.now() - tick))
                )
            } catch let error as StoreError where error.code == .leaseLost {
                // The answer of an attempt before may have been lost; else somebody asked anew since.
                guard attempts > 1 else {
                    self.state.withLock { $0.refusedCount += 1 }
                    throw error
                }
            }
            lease.map { token in
                self.held.withLock { $0.noteStored(token, upTo: LeaseKey.latestRange.end, tick: tick) }
            }
        }
    }

    /// Stores which instruments symbols stood for, or keeps that until the database takes it.
    ///
    /// They come free with a purchase: without room they are left to the next one. Throws what is not an outage.
    func storeMappings(_ provider: ProviderID, _ rows: [SymbolMappingRow]) async throws {
        let content = PendingWrite.Content.mappings(provider, rows)
        if !self.state.withLock({ $0.mustQueue(content.subject) }) {
            let written: Void? = try await self.writing {
                try await self.marketStore.storeMappings(provider: provider, rows)
            }
            if written != nil { return }
        }
        let tick = self.clock.now()
        let isTaken = self.state.withLock { state in
            state.mustQueue(content.subject) && state.queue.append(content, of: nil, periods: 0, tick: tick)
        }
        if !isTaken { self.logger.warning("symbol mappings are not kept: there is no room until the database is back") }
    }

    private func storing<Record: Hashable & Sendable>(
        _ piece: StoredPiece<Record>,
        _ content: PendingWrite.Content,
        of open: OpenPurchase,
        write: () async throws -> StoreOutcome<Record>,
        preview: () async throws -> StoreOutcome<Record>?
    ) async throws -> StoreOutcome<Record> {
        let tick = self.clock.now()
        var outcome: StoreOutcome<Record>?
        let periods = Int(piece.range.nanoseconds / piece.series.timeframe.nanoseconds)
        var attempts = 0
        try await self.untilTaken(content, periods: periods, of: open, tick: tick) {
            attempts += 1
            do {
                outcome = try await write()
            } catch let error as StoreError where error.code == .leaseLost {
                piece.lease.map { token in self.held.withLock { _ = $0.forget([token]) } }
                // The answer of an attempt before may have been lost after it had stored the piece, and its lease with it.
                guard attempts > 1, try await self.isStored(piece.series, piece.range) else {
                    self.state.withLock { $0.refusedCount += 1 }
                    throw error
                }
                outcome = try await preview()
                return
            }
            guard let written = outcome else { return }
            piece.lease.map { token in
                self.held.withLock { $0.noteStored(token, upTo: piece.range.end, tick: tick) }
            }
            self.note(piece.series, written, tick: tick)
        } prepare: {
            // Before it is pending: afterwards it would be compared with itself.
            outcome = try await preview()
        }
        guard let outcome else { preconditionFailure("What was taken was written or previewed.") }
        return outcome
    }

    /// Whether the database has all of a range whose lease is gone; the others may not have been told of it.
    ///
    /// Throws what the database throws.
    func isStored(_ series: Series, _ range: TimeRange) async throws -> Bool {
        let tick = self.clock.now()
        let said = try await self.marketStore.coverage(of: series)
        self.note(series, said.coverage, version: said.version, databaseNow: said.databaseNow, tick: tick)
        guard said.coverage.all.contains(range) else { return false }
        self.sender.tell(.everything)
        return true
    }

    /// Runs `write`, or puts `content` into the queue, whichever is possible first.
    ///
    /// While the database catches up, only what is about the same as something pending goes into the queue, behind it.
    private func untilTaken(
        _ content: PendingWrite.Content,
        periods: Int,
        of open: OpenPurchase,
        tick: Int64,
        write: () async throws -> Void,
        prepare: () async throws -> Void = {}
    ) async throws {
        var hasWarned = false
        while true {
            if !self.state.withLock({ $0.mustQueue(content.subject) }), try await self.writing(write) != nil { return }
            try await prepare()
            let isTaken = self.state.withLock { state -> Bool? in
                guard state.mustQueue(content.subject) else { return nil }
                return state.queue.append(content, of: open.purchase.token, periods: periods, tick: tick)
            }
            // It is back.
            guard let isTaken else { continue }
            if isTaken { return }
            if !hasWarned {
                self.logger.warning("a purchase waits: there is no room for what it brings until the database is back")
                hasWarned = true
            }
            do {
                try await self.clock.sleep(self.configuration.storeBackoff.upperBound)
            } catch {
                self.noteLoss([PendingWrite(id: 0, tick: tick, content: content)])
                throw error
            }
        }
    }

    private func aged<Record>(
        _ piece: StoredPiece<Record>,
        _ tick: Int64,
        _ open: OpenPurchase
    ) -> StoredPiece<Record> {
        var aged = piece
        aged.age = .nanoseconds(max(0, self.clock.now() - tick))
        aged.purchase = open.id
        return aged
    }

    /// Logs and counts what was bought and is lost.
    func noteLoss(_ writes: [PendingWrite]) {
        guard !writes.isEmpty else { return }
        let records = writes.reduce(0) { $0 + ($1.isData ? $1.weight : 0) }
        let costUSD = writes.reduce(0) { $0 + ($1.costUSD ?? 0) }
        self.state.withLock { $0.droppedCount += records }
        self.logger.error(
            "what was bought could not be written and is lost",
            metadata: ["records": "\(records)", "writes": "\(writes.count)", "usd": "\(costUSD)"]
        )
    }
}
