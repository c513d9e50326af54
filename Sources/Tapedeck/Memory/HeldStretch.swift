internal import MarketData

/// A stretch of a series that memory knows completely.
struct HeldStretch: Equatable {
    /// `fetchedTick` of a stretch that does not expire.
    static var neverExpires: Int64 { .max }

    var range: TimeRange
    /// When it was fetched, on this process's elapsed clock in nanoseconds; `neverExpires` when it is final.
    var fetchedTick: Int64

    var isFinal: Bool { self.fetchedTick == Self.neverExpires }

    /// Whether it may be answered from at `tick`, provisional stretches living for `lifetime` nanoseconds.
    func isFresh(at tick: Int64, lifetime: Int64) -> Bool {
        self.isFinal || tick.subtractingSaturating(self.fetchedTick) < lifetime
    }

    /// Whether it was fetched since the provider was asked that is left alone now.
    func isHeld(in resting: Horizon?) -> Bool {
        resting.map { self.fetchedTick >= $0.askedTick } ?? false
    }

    /// The stretches of a coverage that lie in `range`, sorted.
    ///
    /// `databaseNow` and `tick` are one moment by the database's and by the process's clock: ages are differences of
    /// one clock, so the two need not agree.
    static func stretches(
        of coverage: Coverage,
        in range: TimeRange,
        databaseNow: Timestamp,
        tick: Int64
    ) -> [HeldStretch] {
        let clipped = coverage.intersection(range)
        var result = clipped.final.ranges.map { HeldStretch(range: $0, fetchedTick: Self.neverExpires) }
        guard !clipped.provisional.isEmpty else { return result }
        result += clipped.provisional.map { stretch in
            HeldStretch(range: stretch.range, fetchedTick: tick.subtractingSaturating(stretch.age(at: databaseNow)))
        }
        result.sort { $0.range.start < $1.range.start }
        return result
    }
}

extension Int64 {
    func subtractingSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : difference
    }
}
