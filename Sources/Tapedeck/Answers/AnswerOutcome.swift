internal import MarketData

/// How an answer was come by.
///
/// Each answer has one outcome: of those that fit, the last in this list.
public enum AnswerOutcome: String, Hashable, Sendable, CaseIterable {
    /// All of it was in this process's memory.
    case memory
    /// The database was read; nothing was bought.
    case database
    /// Something was bought for it.
    case provider
    /// Something was bought for it, all by fetches that other reads had begun.
    case coalesced
    /// It was put together: a part was stored and the rest was bought, or a part could not be had.
    case partial
    /// A part of it should have been renewed.
    case stale
}

extension AnswerOutcome {
    /// The outcome of an answer that was read whole.
    init(tier: Tier, isStale: Bool, isJoined: Bool, isPartial: Bool = false) {
        if isStale {
            self = .stale
        } else if isPartial {
            self = .partial
        } else {
            self =
                switch tier {
                case .memory: .memory
                case .database: .database
                case .provider: isJoined ? .coalesced : .provider
                }
        }
    }
}

extension MissingRange.Reason {
    /// Whether there may be data that are not answered, in place of none that anybody could have.
    var isLack: Bool {
        switch self {
        case .notAvailableYet, .beforeProviderStart, .lookbackLimit: false
        case .providerFailed, .purchaseLimit, .databaseFailed, .pending, .offline, .budgetExceeded: true
        }
    }
}

extension SeriesRead {
    /// How the read was come by.
    var outcome: AnswerOutcome {
        let isLacking = self.missing.contains { $0.reason.isLack }
        // What others have bought meanwhile counts as bought.
        let isPutTogether =
            self.tier == .provider && !self.isJoined && !self.complete.subtracting(self.bought).isEmpty
        return AnswerOutcome(
            tier: self.tier,
            isStale: self.isStale,
            isJoined: self.isJoined,
            isPartial: isLacking || isPutTogether
        )
    }

    /// How many records are answered that were not bought for this read.
    func unboughtCount(_ timestamp: (Record) -> Timestamp) -> Int {
        guard self.tier == .provider, !self.isJoined else { return self.records.count }
        return self.records.count { !self.bought.contains(timestamp($0)) }
    }
}
