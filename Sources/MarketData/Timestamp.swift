/// A point in time: nanoseconds since the Unix epoch, UTC.
///
/// Valid times are those of the years 1990 to 2200 (`Timestamp.valid`); text and numbers from outside are checked with
/// the throwing initialisers. Arithmetic that could leave Int64 throws instead of trapping.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public let nanoseconds: Int64

    /// Creates a time from nanoseconds that are known to be sensible, without a check.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// 1990-01-01T00:00:00Z, the first valid time.
    public static let earliest = Timestamp(nanoseconds: 631_152_000_000_000_000)
    /// 2200-01-01T00:00:00Z, the end of valid time (itself valid only as an exclusive end).
    public static let latest = Timestamp(nanoseconds: 7_258_118_400_000_000_000)

    /// Creates a time from nanoseconds from outside.
    ///
    /// Throws `timestampOutOfRange` for a time outside 1990 to 2200.
    public init(validating nanoseconds: Int64) throws(MarketDataError) {
        guard nanoseconds >= Self.earliest.nanoseconds, nanoseconds <= Self.latest.nanoseconds else {
            throw MarketDataError(
                .timestampOutOfRange,
                "time \(nanoseconds) ns is outside 1990-01-01T00:00:00Z to 2200-01-01T00:00:00Z"
            )
        }
        self.init(nanoseconds: nanoseconds)
    }

    /// The earlier time first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time `nanoseconds` later (earlier when negative), or `timestampOutOfRange` where Int64 ends.
    public func advanced(byNanoseconds nanoseconds: Int64) throws(MarketDataError) -> Timestamp {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        guard !overflow else {
            throw MarketDataError(.timestampOutOfRange, "time \(self.nanoseconds) ns + \(nanoseconds) ns overflows")
        }
        return Timestamp(nanoseconds: sum)
    }

    /// The time `nanoseconds` later (earlier when negative), held within Int64.
    public func advancedSaturating(byNanoseconds nanoseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        guard overflow else { return Timestamp(nanoseconds: sum) }
        return Timestamp(nanoseconds: nanoseconds > 0 ? .max : .min)
    }

    /// How far the two are apart, whichever is the later, in nanoseconds held within Int64.
    public func nanosecondsApart(from other: Timestamp) -> Int64 {
        let (difference, overflow) = max(self, other).nanoseconds.subtractingReportingOverflow(
            min(self, other).nanoseconds
        )
        return overflow ? .max : difference
    }
}
