import MarketData

/// A stretch in which a stored series has no bars, and why.
struct SeriesGap: Hashable, Sendable {
    /// Why there are none.
    enum Reason: String, CaseIterable, Hashable, Sendable {
        /// It was never asked for.
        case notAsked
        /// It was asked for, and the purchase failed.
        case failed
        /// It was not asked for, and the exchange was closed.
        case sessionClosed
        /// It was asked for while the exchange was open, and the provider had no bar: nobody traded.
        case empty

        /// What a table says.
        var text: String {
            switch self {
            case .notAsked: "not asked"
            case .failed: "failed"
            case .sessionClosed: "session closed"
            case .empty: "empty"
            }
        }

        /// Whether something is missing that could be bought.
        var isMissing: Bool { self == .notAsked || self == .failed }
    }

    /// The stretch, in whole periods.
    let range: TimeRange
    /// Why there are no bars.
    let reason: Reason
    /// The cause of a failure.
    let detail: String?
}
