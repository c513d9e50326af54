public import MarketData

/// Which purchases to list.
public struct LedgerQuery: Hashable, Sendable {
    /// The most purchases that one call lists.
    public static let limitMax = 10_000

    /// Only those started at or after this time.
    public var since: Timestamp?
    /// Only those started before this time.
    public var until: Timestamp?
    /// Only those of this provider.
    public var provider: ProviderID?
    /// Only those of this symbol.
    public var symbol: String?
    /// Only those of this client.
    public var client: String?
    /// Only those that come behind this place in the list, for the next page.
    public var behind: LedgerPosition?
    /// How many at most, the newest first; 1 to `limitMax`.
    public var limit: Int

    /// Creates a query; what is nil does not restrict.
    public init(
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        provider: ProviderID? = nil,
        symbol: String? = nil,
        client: String? = nil,
        behind: LedgerPosition? = nil,
        limit: Int = 100
    ) {
        self.since = since
        self.until = until
        self.provider = provider
        self.symbol = symbol
        self.client = client
        self.behind = behind
        self.limit = limit
    }
}
