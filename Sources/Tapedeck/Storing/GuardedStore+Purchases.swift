internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// Writes a purchase down before its request is made.
    ///
    /// While the database cannot be written the purchase is remembered and written down later, if that is allowed and
    /// there is room for the `recordsMax` records that it may bring. Throws `Withheld` for a purchase that must not be
    /// made.
    func beginPurchase(
        _ purchase: NewPurchase,
        recordsMax: Int,
        limits: SpendingLimits?,
        mode: CacheCore.Mode
    ) async throws -> OpenPurchase {
        var purchase = purchase
        let token = Self.makeToken()
        purchase.token = token
        let begun = self.clock.now()
        do {
            let id = try await self.writing { [purchase] in try await self.writeDown(purchase, limits) }
            if let id { return OpenPurchase(purchase: purchase, id: id, begun: begun) }
        } catch let refusal as BudgetExceeded {
            throw self.withheld(refusal, of: purchase)
        }
        let ranges = RangeSet(purchase.range ?? FlightKey.whole)
        if let detail = self.refusalWithoutDatabase(mode: mode, limits: limits, price: purchase.estimatedUSD) {
            throw Withheld.database(ranges, detail)
        }
        // Beside the records there is the line in the ledger.
        let isReserved = self.state.withLock { state in
            guard !state.health.takesWrites else { return Bool?.none }
            guard state.queue.reserve(token, records: recordsMax + 1) else { return false }
            state.queue.begin(purchase, tick: begun)
            return true
        }
        switch isReserved {
        case true: return OpenPurchase(purchase: purchase, id: nil, begun: begun)
        // It is back.
        case nil: return try await self.beginPurchase(purchase, recordsMax: recordsMax, limits: limits, mode: mode)
        case false:
            let room = self.state.withLock { $0.queue.room }
            throw Withheld.database(
                ranges,
                "the database takes no writes and there is room for \(room) records to wait for it, not for the "
                    + "\(recordsMax) that this purchase may bring: nothing more is bought until there is"
            )
        }
    }

    /// What was spent today; nil while the database cannot be read.
    func spending(client: String) async throws -> Spending? {
        try await self.reading { try await self.marketStore.spending(client: client) }
    }

    /// Throws `BudgetExceeded` for a purchase that would pass a limit.
    private func writeDown(_ purchase: NewPurchase, _ limits: SpendingLimits?) async throws -> PurchaseID {
        guard let limits else { return try await self.marketStore.beginPurchase(purchase) }
        let (id, before) = try await self.marketStore.reservePurchase(purchase, limits: limits)
        let price = purchase.estimatedUSD ?? 0
        self.budget.withLock { $0.note(before, adding: price, client: purchase.client, limits: limits) }
        return id
    }

    /// Why nothing is bought while the database cannot be written, nil when it may be.
    private func refusalWithoutDatabase(
        mode: CacheCore.Mode,
        limits: SpendingLimits?,
        price: Double?
    ) -> String? {
        if mode == .refresh { return "nothing is bought anew while the database takes no writes" }
        if !self.configuration.buysWithoutDatabase { return "nothing is bought while the database takes no writes" }
        let tick = self.clock.now()
        if !self.peers.withLock({ $0.isAlone(tick: tick) }) {
            return
                "other workers share the database, or may do so, and without it none knows what another buys: nothing "
                + "is bought"
        }
        if limits != nil, price ?? 1 > 0 {
            return "a budget is set, and without the database nobody knows what is left of it: nothing is bought"
        }
        return nil
    }

    /// Ends a purchase in the ledger, now or when the database is back.
    ///
    /// Throws what is not an outage.
    func finishPurchase(_ open: OpenPurchase, _ figures: PurchaseFigures, error: String?) async throws {
        let ended = self.clock.now()
        var isWaiting = true
        while isWaiting {
            let written: Void? = try await self.writing {
                if let id = open.id {
                    try await self.marketStore.finishPurchase(id, figures: figures, error: error)
                } else {
                    try await self.record(open.purchase, begun: open.begun, ended: ended, figures, error)
                }
            }
            isWaiting = self.state.withLock { state in
                if written != nil {
                    open.purchase.token.map { state.queue.release($0) }
                    return false
                }
                guard !state.health.takesWrites else { return true }
                state.queue.end(open.purchase, begun: open.begun, figures, error: error, tick: ended)
                return false
            }
        }
    }

    /// Writes a purchase that is over into the ledger, with its true times.
    func record(
        _ purchase: NewPurchase,
        begun: Int64,
        ended: Int64,
        _ figures: PurchaseFigures,
        _ error: String?
    ) async throws {
        let now = self.clock.now()
        try await self.marketStore.recordPurchase(
            purchase,
            age: .nanoseconds(max(0, now - begun)),
            sinceEnd: .nanoseconds(max(0, now - ended)),
            figures: figures,
            error: error
        )
    }

    private func withheld(_ refusal: BudgetExceeded, of purchase: NewPurchase) -> Withheld {
        var metadata = purchase.origin
        metadata["of"] = "\(purchase.provider) \(purchase.symbol)"
        self.logger.warning("a purchase was refused: \(refusal)", metadata: metadata)
        let now = self.databaseNow(self.clock.now())
        let wait = refusal.resetsAt.nanoseconds.subtractingSaturating(now.nanoseconds)
        return Withheld.budget(
            RangeSet(purchase.range ?? FlightKey.whole),
            refusal.description,
            retryAfter: .nanoseconds(max(0, wait))
        )
    }

    /// A text that no other purchase of any worker has.
    private static func makeToken() -> String {
        (0..<2).map { _ in UInt64.random(in: .min ... .max).hexDigits }.joined()
    }
}
