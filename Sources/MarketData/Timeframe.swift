/// The length of a bar's period.
///
/// Periods lie on the UTC grid: each begins at a multiple of the length since the epoch.
public enum Timeframe: String, CaseIterable, Hashable, Sendable, Comparable, CustomStringConvertible {
    case oneSecond = "1s"
    case oneMinute = "1m"
    case fiveMinutes = "5m"
    case tenMinutes = "10m"
    case fifteenMinutes = "15m"
    case thirtyMinutes = "30m"
    case oneHour = "1h"
    case twoHours = "2h"
    case fourHours = "4h"
    case oneDay = "1d"

    /// Reads the canonical spelling or an accepted alias (`60m`, `D`, `1D`, `1H`, `60s`, `1min`, `1hour`, `1day`, …).
    ///
    /// Note that `M` is not minutes but, elsewhere, months: `1M` is refused. Throws `malformedTimeframe`.
    public init(parsing text: String) throws(MarketDataError) {
        if let canonical = Timeframe(rawValue: text) ?? Self.aliases[text] {
            self = canonical
        } else {
            let allowed = Self.allCases.map(\.rawValue).joined(separator: " ")
            throw MarketDataError(
                .malformedTimeframe,
                "\(MarketDataError.quoted(text)) is not a timeframe: use one of \(allowed)"
            )
        }
    }

    private static let aliases: [String: Timeframe] = [
        "1sec": .oneSecond, "s": .oneSecond, "1S": .oneSecond,
        "1min": .oneMinute, "60s": .oneMinute, "m": .oneMinute,
        "5min": .fiveMinutes, "300s": .fiveMinutes,
        "10min": .tenMinutes, "600s": .tenMinutes,
        "15min": .fifteenMinutes, "900s": .fifteenMinutes,
        "30min": .thirtyMinutes, "1800s": .thirtyMinutes,
        "60m": .oneHour, "60min": .oneHour, "1H": .oneHour, "h": .oneHour, "H": .oneHour, "1hour": .oneHour,
        "3600s": .oneHour,
        "120m": .twoHours, "120min": .twoHours, "2H": .twoHours, "2hour": .twoHours, "7200s": .twoHours,
        "240m": .fourHours, "240min": .fourHours, "4H": .fourHours, "4hour": .fourHours, "14400s": .fourHours,
        "D": .oneDay, "d": .oneDay, "1D": .oneDay, "1day": .oneDay, "24h": .oneDay, "1440m": .oneDay,
        "86400s": .oneDay,
    ]

    /// The length of a period in nanoseconds.
    public var nanoseconds: Int64 {
        switch self {
        case .oneSecond: 1_000_000_000
        case .oneMinute: 60_000_000_000
        case .fiveMinutes: 300_000_000_000
        case .tenMinutes: 600_000_000_000
        case .fifteenMinutes: 900_000_000_000
        case .thirtyMinutes: 1_800_000_000_000
        case .oneHour: 3_600_000_000_000
        case .twoHours: 7_200_000_000_000
        case .fourHours: 14_400_000_000_000
        case .oneDay: 86_400_000_000_000
        }
    }

    /// The canonical spelling, `1h`.
    public var description: String { self.rawValue }

    /// Whether the lengths are equal: without this the spellings would be compared.
    public static func == (left: Timeframe, right: Timeframe) -> Bool {
        left.nanoseconds == right.nanoseconds
    }

    /// Hashes the length.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.nanoseconds)
    }

    /// The shorter timeframe first.
    public static func < (left: Timeframe, right: Timeframe) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The start of the period that holds `timestamp`.
    public func floor(_ timestamp: Timestamp) -> Timestamp {
        let remainder = timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: self.nanoseconds).remainder
        return timestamp.advancedSaturating(byNanoseconds: -remainder)
    }

    /// `timestamp` itself when it begins a period, else the start of the next period (held within Int64).
    public func ceiling(_ timestamp: Timestamp) -> Timestamp {
        let remainder = timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: self.nanoseconds).remainder
        return remainder == 0 ? timestamp : timestamp.advancedSaturating(byNanoseconds: self.nanoseconds - remainder)
    }

    /// The end (exclusive) of the period that begins at `start`, held within Int64.
    public func end(ofPeriodStarting start: Timestamp) -> Timestamp {
        start.advancedSaturating(byNanoseconds: self.nanoseconds)
    }

    /// Whether periods of this timeframe are made of whole periods of `finer`.
    public func isDivisible(by finer: Timeframe) -> Bool {
        finer < self && self.nanoseconds % finer.nanoseconds == 0
    }
}
