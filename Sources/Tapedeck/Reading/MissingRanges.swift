internal import MarketData

/// Says why parts of an answer are missing.
enum MissingRanges {
    /// The parts of `asked` that memory left out because the provider does not have them.
    static func beyondHorizon(_ asked: TimeRange, known: TimeRange?, horizon: Horizon?) -> [MissingRange] {
        if known == asked { return [] }
        guard let horizon else { return [] }
        let rest = TimeRange(max(asked.start, known?.end ?? asked.start), asked.end)
        return [Self.before(horizon, of: asked), rest.flatMap { Self.behind(horizon, of: $0) }].compactMap { $0 }
    }

    /// The gaps of an answer with their reasons, oldest first.
    ///
    /// What nothing accounts for was removed while it was read, or falls into more pieces than may be bought.
    static func explain(_ gaps: RangeSet, horizon: Horizon?, reports: [FlightReport]) -> [MissingRange] {
        var left = gaps
        var result: [MissingRange] = []
        func take(_ part: RangeSet, _ reason: MissingRange.Reason, _ detail: String) {
            result += left.intersection(part).ranges.map { MissingRange(range: $0, reason: reason, detail: detail) }
            left = left.subtracting(part)
        }
        if let horizon {
            for gap in gaps.ranges {
                if let before = Self.before(horizon, of: gap) {
                    take(RangeSet(before.range), before.reason, before.detail)
                }
                if let behind = Self.behind(horizon, of: gap) {
                    take(RangeSet(behind.range), behind.reason, behind.detail)
                }
            }
        }
        for failure in reports.flatMap(\.failures) {
            take(failure.ranges, failure.error.missingReason, failure.error.message)
        }
        for withheld in reports.flatMap(\.withheld) { take(withheld.ranges, withheld.reason, withheld.detail) }
        for report in reports {
            take(report.unavailable, .notAvailableYet, "the provider does not have it yet")
        }
        take(left, .purchaseLimit, "it falls into more pieces than one request buys; ask again for it")
        return result.sorted { $0.range.start < $1.range.start }
    }

    /// The missing parts without the end of the period that is forming.
    ///
    /// Its bar is part of the answer although its end is not available yet, as with a timeframe that is sold.
    static func withoutForming(_ missing: [MissingRange], _ timeframe: Timeframe, horizon: Horizon?) -> [MissingRange] {
        guard let horizon else { return missing }
        let end = timeframe.ceiling(horizon.availableEnd)
        return missing.compactMap { missing in
            guard missing.reason == .notAvailableYet else { return missing }
            return TimeRange(max(missing.range.start, end), missing.range.end).map {
                MissingRange(range: $0, reason: missing.reason, detail: missing.detail)
            }
        }
    }

    private static func before(_ horizon: Horizon, of range: TimeRange) -> MissingRange? {
        TimeRange(range.start, min(range.end, horizon.start)).map {
            MissingRange(
                range: $0,
                reason: .beforeProviderStart,
                detail: "the provider's data begin at \(horizon.start)"
            )
        }
    }

    private static func behind(_ horizon: Horizon, of range: TimeRange) -> MissingRange? {
        TimeRange(max(range.start, horizon.end), range.end).map {
            MissingRange(
                range: $0,
                reason: .notAvailableYet,
                detail: "the provider has data up to \(horizon.availableEnd)"
            )
        }
    }
}
