internal import MarketStore

/// What the counters are told of a read that was answered.
struct ReadFigures {
    let tier: Tier
    let isStale: Bool
    let kind: NewPurchase.Kind
    /// What was answered without buying it: records, or 1 for the newest prices of a symbol.
    let unboughtCount: Int
}

extension ReadFigures {
    init(_ answer: BarsAnswer, unboughtCount: Int) {
        self.init(tier: answer.tier, isStale: answer.isStale, kind: .bars, unboughtCount: unboughtCount)
    }

    init<Record>(_ read: SeriesRead<Record>, kind: NewPurchase.Kind, unboughtCount: Int) {
        self.init(tier: read.tier, isStale: read.isStale, kind: kind, unboughtCount: unboughtCount)
    }

    init(_ read: LatestReader.Read) {
        self.init(
            tier: read.tier,
            isStale: read.staleReason != nil,
            kind: .latest,
            unboughtCount: read.tier == .provider && !read.isJoined ? 0 : 1
        )
    }

    /// A call that only sees to it that bars are stored.
    init(filling tier: Tier) {
        self.init(tier: tier, isStale: false, kind: .bars, unboughtCount: 0)
    }
}

extension LatestReader.Read {
    /// How the prices were come by.
    var outcome: AnswerOutcome {
        AnswerOutcome(tier: self.tier, isStale: self.staleReason != nil, isJoined: self.isJoined)
    }
}
