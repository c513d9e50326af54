package import MarketData

extension Timeframe {
    /// The length of the stretches into which a series is cut for packing, in nanoseconds: see docs/storage.md for how
    /// they were chosen.
    ///
    /// Another length needs a migration: a stored block is found by the start of its stretch.
    package var stretchNanoseconds: Int64 {
        let hour: Int64 = 3_600_000_000_000
        let week = 7 * 24 * hour
        return switch self {
        case .oneSecond: hour
        case .oneMinute: 24 * hour
        case .fiveMinutes, .tenMinutes: week
        case .fifteenMinutes: 2 * week
        case .thirtyMinutes: 4 * week
        case .oneHour: 8 * week
        case .twoHours: 16 * week
        case .fourHours: 32 * week
        case .oneDay: 52 * week
        }
    }

    /// How many periods a stretch has, which is how many bars it has at most.
    package var stretchPeriods: Int { Int(self.stretchNanoseconds / self.nanoseconds) }

    /// The stretch that holds `timestamp`: one after another since Monday, 1970-01-05, UTC.
    package func stretch(of timestamp: Timestamp) -> TimeRange {
        let distance = timestamp.advancedSaturating(byNanoseconds: -Self.firstMonday).nanoseconds
        let length = self.stretchNanoseconds
        let remainder = distance.flooredQuotientAndRemainder(dividingBy: length).remainder
        let start = timestamp.advancedSaturating(byNanoseconds: -remainder)
        guard let stretch = TimeRange(start, start.advancedSaturating(byNanoseconds: length)) else {
            preconditionFailure("A stretch ends behind its start.")
        }
        return stretch
    }

    /// 1970-01-05T00:00:00Z in nanoseconds.
    private static var firstMonday: Int64 { 4 * 86_400_000_000_000 }
}
