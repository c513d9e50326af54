public import MarketData

/// What one transaction that packs or unpacks did.
public struct PackingStep: Hashable, Sendable {
    /// A stretch of which the bars were moved.
    public struct Moved: Hashable, Sendable {
        /// The stretch.
        public let stretch: TimeRange
        /// How many bars it has.
        public let barCount: Int
        /// The length of their block.
        public let byteCount: Int
    }

    /// What was moved; nil where nothing could be.
    public let moved: Moved?
    /// Where to go on; nil when nothing is left.
    public let next: Timestamp?

    static let end = PackingStep(moved: nil, next: nil)
}
