internal import MarketData

/// Ranges that were deliberately not bought, and why.
struct Withheld: Error {
    var ranges: RangeSet
    let reason: MissingRange.Reason
    /// The cause in words, free of secrets.
    let detail: String
    /// What a read gets for which nothing at all is known.
    let error: TapedeckError
}

extension Withheld {
    /// What may be in the database, which cannot be asked.
    static func unreadable(_ ranges: RangeSet) -> Withheld {
        Self.database(ranges, "the database cannot be read, and what it may hold is not bought again")
    }

    /// What could be bought if the database were there.
    static func database(_ ranges: RangeSet, _ detail: String) -> Withheld {
        Withheld(
            ranges: ranges,
            reason: .databaseFailed,
            detail: detail,
            error: TapedeckError(.databaseUnavailable, detail)
        )
    }

    /// What would pass a spending limit, or whose price is not known while there is one.
    static func budget(_ ranges: RangeSet, _ detail: String, retryAfter: Duration?) -> Withheld {
        Withheld(
            ranges: ranges,
            reason: .budgetExceeded,
            detail: detail,
            error: TapedeckError(.budgetExceeded, detail, retryAfter: retryAfter)
        )
    }
}
