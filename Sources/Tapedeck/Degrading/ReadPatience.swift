/// How long a read waits for the provider before what is stale will do.
struct ReadPatience: Sendable {
    /// Whether what has expired may be answered at all.
    let answersStale: Bool
    /// When it will do although it is lacking, on this process's elapsed clock; nil for never.
    let softTick: Int64?

    /// The patience of a read that wants what is fetched for it.
    static let untilFetched = ReadPatience(answersStale: false, softTick: nil)
}
