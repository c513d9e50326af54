import MarketData
import MarketStore

/// Explains what a series' coverage leaves out.
struct GapExplanation: Sendable {
    /// The length of a period.
    let timeframe: Timeframe
    /// When the exchange trades, nil when that is not known: then every time counts as open.
    let calendar: TradingCalendar?

    /// The whole periods of `range` with an instant at which the exchange trades.
    func openPeriods(in range: TimeRange) -> RangeSet {
        guard let calendar = self.calendar else { return RangeSet(range) }
        return RangeSet(calendar.openRanges(in: range).ranges.map { $0.expanded(to: self.timeframe) })
            .intersection(range)
    }

    /// The parts of `range` that are not `known`, oldest first, each with its reason.
    ///
    /// What lies closed between two parts of one reason belongs to them.
    /// `failures` are purchases that failed or never ended, the newest first; the first that touches a part explains it.
    func gaps(in range: TimeRange, known: RangeSet, failures: [Purchase]) -> [SeriesGap] {
        let unknown = known.gaps(in: range)
        guard !unknown.isEmpty else { return [] }
        var left = unknown.intersection(self.openPeriods(in: range))
        var gaps = unknown.subtracting(left).ranges.map { SeriesGap(range: $0, reason: .sessionClosed, detail: nil) }
        for failure in failures {
            guard let failed = failure.request.range, !left.isEmpty else { continue }
            let parts = left.intersection(failed)
            gaps += parts.ranges.map { SeriesGap(range: $0, reason: .failed, detail: Self.cause(of: failure)) }
            left = left.subtracting(parts)
        }
        gaps += left.ranges.map { SeriesGap(range: $0, reason: .notAsked, detail: nil) }
        return Self.joined(gaps.sorted { $0.range.start < $1.range.start })
    }

    /// The ranges to buy so that no missing gap is left: each with what lies closed between its parts.
    func purchases(for gaps: [SeriesGap], known: RangeSet, in range: TimeRange) -> [TimeRange] {
        let missing = RangeSet(gaps.filter(\.reason.isMissing).map(\.range))
        return known.gaps(in: range).ranges.compactMap { missing.intersection($0).bounds }
    }

    /// The gaps, sorted, with those made one that only a closed session parts.
    private static func joined(_ gaps: [SeriesGap]) -> [SeriesGap] {
        var result: [SeriesGap] = []
        for gap in gaps {
            if let joined = Self.join(result.suffix(2), gap) {
                result.removeLast(2)
                result.append(joined)
            } else {
                result.append(gap)
            }
        }
        return result
    }

    /// A gap, a closed session and a gap of the same reason as one; nil for anything else.
    private static func join(_ tail: ArraySlice<SeriesGap>, _ gap: SeriesGap) -> SeriesGap? {
        guard tail.count == 2, let before = tail.first, let closed = tail.last, gap.reason != .sessionClosed,
            closed.reason == .sessionClosed, before.reason == gap.reason, before.detail == gap.detail,
            before.range.end == closed.range.start, closed.range.end == gap.range.start
        else { return nil }
        return TimeRange(before.range.start, gap.range.end).map {
            SeriesGap(range: $0, reason: gap.reason, detail: gap.detail)
        }
    }

    private static func cause(of purchase: Purchase) -> String {
        "\(purchase.startedAt): " + (purchase.error ?? "it never ended; its worker was stopped")
    }
}
