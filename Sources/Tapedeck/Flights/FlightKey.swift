internal import MarketData
internal import MarketStore

/// What a flight fetches.
enum FlightKey: Hashable, Sendable {
    /// Bars or quotes of a series.
    case records(Series)
    /// From when to when the provider has a series.
    case horizon(Series)
    /// The newest quote and trade of a symbol.
    case latest(LatestKey)

    /// The range of a flight whose key says everything.
    static var whole: TimeRange { LeaseKey.latestRange }
}
