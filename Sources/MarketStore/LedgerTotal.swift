public import MarketData

/// What was bought from one provider on one UTC day.
public struct LedgerTotal: Hashable, Sendable {
    /// The day on which the purchases were started, by the database's clock.
    public let day: CivilDate
    /// Where they were made.
    public let provider: ProviderID
    /// How many were written down.
    public let purchaseCount: Int
    /// How many of them failed.
    public let failedCount: Int
    /// How many of them have not ended, or never will because their worker died.
    public let unfinishedCount: Int
    /// Records received.
    public let recordCount: Int
    /// Billed bytes received.
    public let byteCount: Int
    /// Upstream requests made.
    public let requestCount: Int
    /// The known costs in US dollars.
    public let costUSD: Double
    /// How many purchases have no known cost.
    public let unknownCostCount: Int

    /// Creates a total.
    public init(
        day: CivilDate,
        provider: ProviderID,
        purchaseCount: Int,
        failedCount: Int,
        unfinishedCount: Int,
        recordCount: Int,
        byteCount: Int,
        requestCount: Int,
        costUSD: Double,
        unknownCostCount: Int
    ) {
        self.day = day
        self.provider = provider
        self.purchaseCount = purchaseCount
        self.failedCount = failedCount
        self.unfinishedCount = unfinishedCount
        self.recordCount = recordCount
        self.byteCount = byteCount
        self.requestCount = requestCount
        self.costUSD = costUSD
        self.unknownCostCount = unknownCostCount
    }
}
