internal import MarketData

/// The newest prices of a symbol as they were last fetched.
struct HeldLatest: Hashable, Sendable {
    let quote: Quote?
    let trade: Trade?
    /// When the provider was asked, on this process's elapsed clock in nanoseconds.
    let fetchedTick: Int64
}
