internal import MarketData

/// The newest bars of a series, with how the search for them ended.
struct RecentRead: Sendable {
    var read: SeriesRead<Bar>
    /// Whether the search came to the first instant that the provider has.
    var reachesStart: Bool
    /// What was bought to find them, by the stored series that it was bought of.
    var bought: [Series: RangeSet] = [:]

    /// The same with what was bought for it noted.
    func noting(_ reports: [FlightReport], of series: Series) -> RecentRead {
        var result = self
        result.read.noteBought(reports)
        result.bought[series] = result.read.bought
        return result
    }

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
