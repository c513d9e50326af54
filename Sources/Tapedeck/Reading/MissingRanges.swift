internal import MarketData

/// Says why parts of an answer are missing.
enum MissingRanges {
    /// The parts of `asked` that memory left out because the provider does not have them.
    static func beyondHorizon(_ asked: TimeRange, known: TimeRange?, horizon: Horizon?) -> [MissingRange] {
        if known == asked { return [] }
        guard let horizon else { return [] }
        return [Self.before(horizon, of: asked), Self.behind(horizon, of: asked)].compactMap { $0 }
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
            take(failure.ranges, .providerFailed(failure.error.code), failure.error.message)
        }
        for report in reports {
            take(report.unavailable, .notAvailableYet, "the provider does not have it yet")
        }
        take(left, .purchaseLimit, "it falls into more pieces than one request buys; ask again for it")
        return result.sorted { $0.range.start < $1.range.start }
    }

    private static func before(_ horizon: Horizon, of range: TimeRange) -> MissingRange? {
        TimeRange(range.start, min(range.end, horizon.start)).map {
            MissingRange(range: $0, reason: .beforeProviderStart, detail: "the provider's data begin at \(horizon.start)")
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
