internal import MarketData

/// The newest bars of a series, with how the search for them ended.
struct RecentRead: Sendable {
    var read: SeriesRead<Bar>
    /// Whether the search came to the first instant that the provider has.
    var reachesStart: Bool

    /// The part of `limit` that lies in the provider's range was not searched: says so.
    mutating func noteLimit(_ limit: Timestamp, horizon: Horizon, lookbackDays: Int64) {
        guard let unsearched = TimeRange(horizon.start, limit) else {
            self.reachesStart = true
            return
        }
        self.read.missing.insert(
            MissingRange(
                range: unsearched,
                reason: .lookbackLimit,
                detail: "no more than \(lookbackDays) days are searched for the newest bars of this timeframe"
            ),
            at: 0
        )
    }
}
