public import MarketData

/// The newest prices of a symbol that the database holds.
public struct StoredLatest: Hashable, Sendable {
    /// The newest quote and when it was fetched, or nil when there is none.
    public let quote: Fetched<Quote>?
    /// The newest trade and when it was fetched, or nil when there is none.
    public let trade: Fetched<Trade>?
    /// When the symbol's newest prices were last asked for upstream, whether or not there were any.
    public let askedAt: Timestamp?
    /// The database's clock at the time of the read.
    public let databaseNow: Timestamp

    /// Creates the prices.
    public init(quote: Fetched<Quote>?, trade: Fetched<Trade>?, askedAt: Timestamp?, databaseNow: Timestamp) {
        self.quote = quote
        self.trade = trade
        self.askedAt = askedAt
        self.databaseNow = databaseNow
    }
}

/// A record with the time at which it was fetched, by the database's clock.
public struct Fetched<Record: Hashable & Sendable>: Hashable, Sendable {
    /// The record.
    public let record: Record
    /// When it was fetched, or last confirmed.
    public let fetchedAt: Timestamp

    /// Creates a fetched record.
    public init(_ record: Record, at fetchedAt: Timestamp) {
        self.record = record
        self.fetchedAt = fetchedAt
    }
}
