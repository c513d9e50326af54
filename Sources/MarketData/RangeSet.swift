/// A set of instants, kept as sorted ranges that neither overlap nor touch: the arithmetic of coverage.
///
/// Every operation keeps that form, so two sets with the same instants are equal. With n and m ranges, set operations
/// cost O(n + m), a test for one range O(log n).
public struct RangeSet: Hashable, Sendable, CustomStringConvertible {
    /// The ranges, sorted, disjoint and not touching.
    public private(set) var ranges: [TimeRange]

    /// Creates an empty set.
    public init() {
        self.ranges = []
    }

    /// Creates the set of the instants of one range.
    public init(_ range: TimeRange) {
        self.ranges = [range]
    }

    /// Creates the set of the instants of all `ranges`, which may overlap and come in any order.
    public init(_ ranges: some Sequence<TimeRange>) {
        self.ranges = Self.merged(ranges.sorted { $0.start < $1.start })
    }

    /// Whether the set holds no instant.
    public var isEmpty: Bool { self.ranges.isEmpty }

    /// The smallest range that holds the whole set, or nil for an empty set.
    public var bounds: TimeRange? {
        guard let first = self.ranges.first, let last = self.ranges.last else { return nil }
        return TimeRange(first.start, last.end)
    }

    /// Whether the set holds the whole of `range`.
    public func contains(_ range: TimeRange) -> Bool {
        self.rangeContaining(range.start).map { range.end <= $0.end } ?? false
    }

    /// Whether the set holds the instant.
    public func contains(_ timestamp: Timestamp) -> Bool {
        self.rangeContaining(timestamp) != nil
    }

    /// The range of the set that holds `timestamp`, or nil.
    public func rangeContaining(_ timestamp: Timestamp) -> TimeRange? {
        let index = self.firstIndex(endingAfter: timestamp)
        guard index < self.ranges.count, self.ranges[index].contains(timestamp) else { return nil }
        return self.ranges[index]
    }

    /// The instants of either set.
    public func union(_ other: RangeSet) -> RangeSet {
        if other.isEmpty { return self }
        if self.isEmpty { return other }
        var sorted: [TimeRange] = []
        sorted.reserveCapacity(self.ranges.count + other.ranges.count)
        var (left, right) = (0, 0)
        while left < self.ranges.count || right < other.ranges.count {
            if right == other.ranges.count
                || (left < self.ranges.count && self.ranges[left].start <= other.ranges[right].start)
            {
                sorted.append(self.ranges[left])
                left += 1
            } else {
                sorted.append(other.ranges[right])
                right += 1
            }
        }
        return RangeSet(canonical: Self.merged(sorted))
    }

    /// The instants of both sets.
    public func intersection(_ other: RangeSet) -> RangeSet {
        var result: [TimeRange] = []
        var (left, right) = (0, 0)
        while left < self.ranges.count, right < other.ranges.count {
            if let shared = self.ranges[left].intersection(other.ranges[right]) { result.append(shared) }
            if self.ranges[left].end <= other.ranges[right].end { left += 1 } else { right += 1 }
        }
        return RangeSet(canonical: result)
    }

    /// The instants of the set that lie in `range`.
    public func intersection(_ range: TimeRange) -> RangeSet {
        var result: [TimeRange] = []
        for candidate in self.ranges[self.firstIndex(endingAfter: range.start)...] {
            guard let shared = candidate.intersection(range) else { break }
            result.append(shared)
        }
        return RangeSet(canonical: result)
    }

    /// The instants of this set that are not in `other`.
    public func subtracting(_ other: RangeSet) -> RangeSet {
        var result: [TimeRange] = []
        var right = 0
        for range in self.ranges {
            var start = range.start
            while right < other.ranges.count, other.ranges[right].end <= start { right += 1 }
            var index = right
            while index < other.ranges.count, other.ranges[index].start < range.end {
                if let before = TimeRange(start, other.ranges[index].start) { result.append(before) }
                start = max(start, other.ranges[index].end)
                index += 1
            }
            if let rest = TimeRange(start, range.end) { result.append(rest) }
        }
        return RangeSet(canonical: result)
    }

    /// The parts of `range` that the set does not hold.
    public func gaps(in range: TimeRange) -> RangeSet {
        RangeSet(range).subtracting(self.intersection(range))
    }

    /// Adds the instants of `range`.
    public mutating func insert(_ range: TimeRange) {
        self = self.union(RangeSet(range))
    }

    /// Removes the instants of `range`.
    public mutating func remove(_ range: TimeRange) {
        self = self.subtracting(RangeSet(range))
    }

    /// The ranges, separated by commas.
    public var description: String {
        "[" + self.ranges.map(\.description).joined(separator: ", ") + "]"
    }

    private init(canonical ranges: [TimeRange]) {
        self.ranges = ranges
    }

    /// The index of the first range that ends after `timestamp`.
    private func firstIndex(endingAfter timestamp: Timestamp) -> Int {
        var (low, high) = (0, self.ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if self.ranges[middle].end <= timestamp { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Joins ranges, sorted by start, that overlap or touch.
    private static func merged(_ sorted: [TimeRange]) -> [TimeRange] {
        var result: [TimeRange] = []
        result.reserveCapacity(sorted.count)
        for range in sorted {
            if let last = result.last, range.start <= last.end {
                if range.end > last.end, let joined = TimeRange(last.start, range.end) {
                    result[result.count - 1] = joined
                }
            } else {
                result.append(range)
            }
        }
        return result
    }
}
