/// What is known of a series: which ranges are complete for good, and which were complete when they were last fetched.
///
/// Derived from what was asked and answered, never from which records exist: a covered range without a record is known
/// to be empty.
public struct Coverage: Hashable, Sendable {
    /// A stretch that was fetched before it had settled.
    public struct Provisional: Hashable, Sendable {
        /// The stretch.
        public let range: TimeRange
        /// When it was fetched, by the database's clock.
        public let fetchedAt: Timestamp

        /// Creates a provisional stretch.
        public init(range: TimeRange, fetchedAt: Timestamp) {
            self.range = range
            self.fetchedAt = fetchedAt
        }

        /// How far the fetch time is from `now`, in nanoseconds, held within Int64: usually how long ago it was.
        public func age(at now: Timestamp) -> Int64 {
            now.nanosecondsApart(from: self.fetchedAt)
        }
    }

    /// The ranges that are complete and settled.
    public private(set) var final: RangeSet
    /// The stretches that expire, sorted and disjoint, none of them in `final`.
    ///
    /// Two that touch were fetched at different times; so coverages that know the same are equal.
    public private(set) var provisional: [Provisional]

    /// Creates a coverage of nothing.
    public init() {
        self.final = RangeSet()
        self.provisional = []
    }

    /// Creates a coverage; provisional stretches lose what is final, and the newer of two that overlap wins.
    public init(final: RangeSet, provisional: some Sequence<Provisional>) {
        self.final = final
        self.provisional = []
        let sorted = provisional.sorted { $0.range.start < $1.range.start }
        let isDisjoint =
            zip(sorted, sorted.dropFirst()).allSatisfy { $0.range.end <= $1.range.start }
            && sorted.allSatisfy { final.intersection($0.range).isEmpty }
        if isDisjoint {
            self.provisional = Self.joined(sorted)
        } else {
            for stretch in sorted.sorted(by: { $0.fetchedAt < $1.fetchedAt }) {
                self.insertProvisional(stretch.range, fetchedAt: stretch.fetchedAt)
            }
        }
    }

    /// Whether nothing is known.
    public var isEmpty: Bool { self.final.isEmpty && self.provisional.isEmpty }

    /// Everything known: final ranges, and the provisional ones fetched less than `lifetime` nanoseconds before `now`.
    ///
    /// A clock that was set back leaves fetch times in the future. They count by their distance too, so that nothing
    /// provisional lives until the clock has come that far again.
    public func fresh(at now: Timestamp, lifetime: Int64) -> RangeSet {
        self.final.union(RangeSet(self.provisional.lazy.filter { $0.age(at: now) < lifetime }.map(\.range)))
    }

    /// Everything known, expired or not.
    public var all: RangeSet {
        self.final.union(RangeSet(self.provisional.lazy.map(\.range)))
    }

    /// Marks `range` as complete for good.
    public mutating func insertFinal(_ range: TimeRange) {
        self.final.insert(range)
        self.removeProvisional(range)
    }

    /// Marks what of `range` is not final as complete at `fetchedAt`, in place of what was provisional there.
    public mutating func insertProvisional(_ range: TimeRange, fetchedAt: Timestamp) {
        self.removeProvisional(range)
        let parts = self.final.gaps(in: range).ranges
        let inserted = parts.map { Provisional(range: $0, fetchedAt: fetchedAt) }
        self.provisional = Self.joined((self.provisional + inserted).sorted { $0.range.start < $1.range.start })
    }

    /// Forgets `range`, as retention does.
    public mutating func remove(_ range: TimeRange) {
        self.final.remove(range)
        self.removeProvisional(range)
    }

    /// The part of the coverage that lies in `range`.
    public func intersection(_ range: TimeRange) -> Coverage {
        var result = Coverage()
        result.final = self.final.intersection(range)
        result.provisional = self.provisional.compactMap { stretch in
            stretch.range.intersection(range).map { Provisional(range: $0, fetchedAt: stretch.fetchedAt) }
        }
        return result
    }

    private mutating func removeProvisional(_ range: TimeRange) {
        guard self.provisional.contains(where: { $0.range.overlaps(range) }) else { return }
        self.provisional = self.provisional.flatMap { stretch in
            RangeSet(stretch.range).subtracting(RangeSet(range)).ranges.map {
                Provisional(range: $0, fetchedAt: stretch.fetchedAt)
            }
        }
    }

    /// Joins stretches, sorted and disjoint, that touch and were fetched at the same time.
    private static func joined(_ sorted: [Provisional]) -> [Provisional] {
        var result: [Provisional] = []
        result.reserveCapacity(sorted.count)
        for stretch in sorted {
            if let last = result.last, last.range.end == stretch.range.start, last.fetchedAt == stretch.fetchedAt,
                let range = TimeRange(last.range.start, stretch.range.end)
            {
                result[result.count - 1] = Provisional(range: range, fetchedAt: last.fetchedAt)
            } else {
                result.append(stretch)
            }
        }
        return result
    }
}
