public import MarketData

/// A row of the ledger: one upstream request, what it brought and what it cost.
public struct Purchase: Hashable, Sendable {
    /// How far a purchase has come.
    public enum State: String, Hashable, Sendable {
        /// Written down before the request; still so where its worker died.
        case started
        /// The answer came to its end.
        case done
        /// The request failed; pieces that came before are stored.
        case failed
    }

    /// The row's number.
    public let id: PurchaseID
    /// What was asked for, and by whom.
    public let request: NewPurchase
    /// How far it has come.
    public let state: State
    /// Its figures: of the pieces stored so far while it is started, of the whole request afterwards.
    public let figures: PurchaseFigures
    /// When it was written down, by the database's clock.
    public let startedAt: Timestamp
    /// When it ended, by the database's clock.
    public let finishedAt: Timestamp?
    /// Why it failed.
    public let error: String?

    /// Creates a row.
    public init(
        id: PurchaseID,
        request: NewPurchase,
        state: State,
        figures: PurchaseFigures,
        startedAt: Timestamp,
        finishedAt: Timestamp?,
        error: String?
    ) {
        self.id = id
        self.request = request
        self.state = state
        self.figures = figures
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.error = error
    }
}

/// What a purchase brought and cost.
public struct PurchaseFigures: Hashable, Sendable {
    /// Records received.
    public var recordCount: Int
    /// Billed bytes received.
    public var byteCount: Int
    /// The estimated price in US dollars, 0 for a free provider, nil when not known.
    public var costUSD: Double?
    /// Upstream requests made.
    public var requestCount: Int
    /// How long it took, nil while it is started.
    public var duration: Duration?

    /// Creates figures.
    public init(recordCount: Int, byteCount: Int, costUSD: Double?, requestCount: Int, duration: Duration?) {
        self.recordCount = recordCount
        self.byteCount = byteCount
        self.costUSD = costUSD
        self.requestCount = requestCount
        self.duration = duration
    }
}
