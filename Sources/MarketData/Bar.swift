/// Open, high, low, close and volume of one period.
///
/// A period without a trade has no bar. Prices may be negative; they are always finite.
public struct Bar: Hashable, Sendable {
    /// The start of the period.
    public var timestamp: Timestamp
    /// The first price.
    public var open: Double
    /// The highest price.
    public var high: Double
    /// The lowest price.
    public var low: Double
    /// The last price.
    public var close: Double
    /// The traded quantity, in contracts or shares.
    public var volume: Double
    /// 1 when first stored, one more for each later fetch that brought other values.
    public var revision: Int32
    /// Whether the period was over and settled when the bar was fetched, so that only a later revision changes it.
    public var isFinal: Bool

    /// Creates a bar.
    public init(
        timestamp: Timestamp,
        open: Double,
        high: Double,
        low: Double,
        close: Double,
        volume: Double,
        revision: Int32 = 1,
        isFinal: Bool = true
    ) {
        self.timestamp = timestamp
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.revision = revision
        self.isFinal = isFinal
    }

    /// Whether prices and volume are those of `other`, bit for bit.
    public func hasSameValues(as other: Bar) -> Bool {
        self.open.bitPattern == other.open.bitPattern && self.high.bitPattern == other.high.bitPattern
            && self.low.bitPattern == other.low.bitPattern && self.close.bitPattern == other.close.bitPattern
            && self.volume.bitPattern == other.volume.bitPattern
    }
}
