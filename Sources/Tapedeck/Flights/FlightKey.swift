internal import MarketData

/// What a flight fetches.
enum FlightKey: Hashable, Sendable {
    /// Bars or quotes of a series.
    case records(Series)
    /// From when to when the provider has a series.
    case horizon(Series)
    /// The newest quote and trade of a symbol.
    case latest(LatestKey)

    /// The range of a flight whose key says everything.
    static let whole: TimeRange = {
        guard let range = TimeRange(Timestamp(nanoseconds: 0), Timestamp(nanoseconds: 1)) else {
            preconditionFailure("0 comes before 1.")
        }
        return range
    }()
}
