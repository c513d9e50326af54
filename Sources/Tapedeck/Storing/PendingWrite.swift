internal import MarketData
internal import MarketStore

/// Something that is to be written as soon as the database takes it.
struct PendingWrite: Sendable {
    enum Content: Sendable {
        /// A purchase that could not be written down before its request was made.
        case purchaseBegun(NewPurchase)
        /// A purchase that is over, with the tick at which it began.
        case purchaseEnded(NewPurchase, begun: Int64, PurchaseFigures, error: String?)
        case bars(StoredPiece<Bar>)
        case quotes(StoredPiece<Quote>)
        case latest(LatestKey, LatestRecords)
        case mappings(ProviderID, [SymbolMappingRow])
    }

    /// What a write tells something of; writes about the same are carried out in their order.
    enum Subject: Hashable, Sendable {
        case series(Series)
        case latest(LatestKey)
        case mappings(ProviderID)
    }

    /// The newest prices that a request brought.
    struct LatestRecords: Sendable {
        let quote: Quote?
        let trade: Trade?
        /// The lease under which they were bought.
        var lease: LeaseToken?
    }

    /// Its place in the order; numbers are given once.
    let id: Int
    /// When it would have been written, on the process's elapsed clock.
    let tick: Int64
    var content: Content

    /// How many records it counts for; everything counts for one at least.
    var weight: Int {
        switch self.content {
        case .purchaseBegun, .purchaseEnded: 1
        case .bars(let piece): max(1, piece.records.count)
        case .quotes(let piece): max(1, piece.records.count)
        case .latest: 2
        case .mappings(_, let rows): max(1, rows.count)
        }
    }

    /// Whether it holds records that were paid for.
    var isData: Bool {
        switch self.content {
        case .bars, .quotes, .latest: true
        case .purchaseBegun, .purchaseEnded, .mappings: false
        }
    }

    /// What it tells something of; lines of the ledger are about themselves, whatever came before.
    var subject: Subject? { self.content.subject }

    /// What the purchase cost, for one that is over.
    var costUSD: Double? {
        if case .purchaseEnded(_, _, let figures, _) = self.content { return figures.costUSD }
        return nil
    }

    /// What is left of a pending piece when one that was fetched later, of the same series, says all that it could say.
    enum Rest {
        case all
        case part(Content)
        case nothing
    }

    /// What a later piece leaves of this one.
    ///
    /// Everything, when the later one was fetched in another mode, had settled less, or lies in the middle of this one;
    /// writing both in their order has the same result.
    func rest(behind later: Content) -> Rest {
        switch (self.content, later) {
        case (.bars(let piece), .bars(let later)): piece.rest(behind: later, \.timestamp) { .bars($0) }
        case (.quotes(let piece), .quotes(let later)): piece.rest(behind: later, \.timestamp) { .quotes($0) }
        default: .all
        }
    }
}

extension PendingWrite.Content {
    /// The lease under which it was bought.
    var lease: LeaseToken? {
        switch self {
        case .bars(let piece): piece.lease
        case .quotes(let piece): piece.lease
        case .latest(_, let records): records.lease
        case .mappings, .purchaseBegun, .purchaseEnded: nil
        }
    }

    /// What it tells something of.
    var subject: PendingWrite.Subject? {
        switch self {
        case .bars(let piece): .series(piece.series)
        case .quotes(let piece): .series(piece.series)
        case .latest(let key, _): .latest(key)
        case .mappings(let provider, _): .mappings(provider)
        case .purchaseBegun, .purchaseEnded: nil
        }
    }
}

extension StoredPiece {
    fileprivate func rest(
        behind later: StoredPiece,
        _ timestamp: (Record) -> Timestamp,
        _ content: (StoredPiece) -> PendingWrite.Content
    ) -> PendingWrite.Rest {
        guard self.series == later.series, self.mode == later.mode, self.settledEnd <= later.settledEnd,
            self.range.overlaps(later.range)
        else { return .all }
        let parts = RangeSet(self.range).subtracting(RangeSet(later.range)).ranges
        guard let part = parts.first else { return .nothing }
        guard parts.count == 1 else { return .all }
        var piece = self
        piece.range = part
        piece.records = self.records.filter { part.contains(timestamp($0)) }
        return .part(content(piece))
    }
}
