import MarketData
import Testing

@Suite struct RangeSetTests {
    private static let universe = 40

    /// Which of the instants 0 ..< 40 are in the set, by looking at its ranges alone.
    private func bitmap(_ set: RangeSet) -> [Bool] {
        (0..<Self.universe).map { instant in
            set.ranges.contains { $0.start.nanoseconds <= Int64(instant) && Int64(instant) < $0.end.nanoseconds }
        }
    }

    private func isCanonical(_ set: RangeSet) -> Bool {
        zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.end < $1.start }
            && set.ranges.allSatisfy { $0.start < $0.end }
    }

    private func randomRange(_ random: inout SeededGenerator) throws -> TimeRange {
        let start = Int64.random(in: 0..<Int64(Self.universe), using: &random)
        let end = Int64.random(in: start + 1...Int64(Self.universe), using: &random)
        return try TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    private func randomSet(_ random: inout SeededGenerator) throws -> (set: RangeSet, bits: [Bool]) {
        var bits = Array(repeating: false, count: Self.universe)
        var ranges: [TimeRange] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let start = Int.random(in: 0..<Self.universe, using: &random)
            let end = min(Self.universe, start + Int.random(in: 1...8, using: &random))
            for instant in start..<end { bits[instant] = true }
            ranges.append(
                try TimeRange(
                    start: Timestamp(nanoseconds: Int64(start)),
                    end: Timestamp(nanoseconds: Int64(end))
                )
            )
        }
        return (RangeSet(ranges), bits)
    }

    @Test func operationsOfTwoSetsEqualThoseOfBitmaps() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            let (left, leftBits) = try self.randomSet(&random)
            let (right, rightBits) = try self.randomSet(&random)
            let pairs = zip(leftBits, rightBits)

            #expect(self.bitmap(left) == leftBits && self.isCanonical(left), "seed \(seed)")
            for (result, expected) in [
                (left.union(right), pairs.map { $0 || $1 }),
                (left.intersection(right), pairs.map { $0 && $1 }),
                (left.subtracting(right), pairs.map { $0 && !$1 }),
            ] {
                #expect(self.bitmap(result) == expected, "seed \(seed): \(left) and \(right)")
                #expect(self.isCanonical(result), "seed \(seed): \(left) and \(right) give \(result)")
            }
            #expect((left == right) == (leftBits == rightBits), "seed \(seed)")
            #expect(left.union(right) == right.union(left), "seed \(seed)")
            #expect(left.subtracting(right).union(left.intersection(right)) == left, "seed \(seed)")
        }
    }

    @Test func operationsWithOneRangeEqualThoseOfBitmaps() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            let (set, bits) = try self.randomSet(&random)
            let range = try self.randomRange(&random)
            let inside = (0..<Self.universe).map { range.contains(Timestamp(nanoseconds: Int64($0))) }
            var inserted = set
            inserted.insert(range)
            var removed = set
            removed.remove(range)

            for (result, expected) in [
                (inserted, zip(bits, inside).map { $0 || $1 }),
                (removed, zip(bits, inside).map { $0 && !$1 }),
                (set.intersection(range), zip(bits, inside).map { $0 && $1 }),
                (set.gaps(in: range), zip(bits, inside).map { !$0 && $1 }),
            ] {
                #expect(self.bitmap(result) == expected, "seed \(seed): \(set) and \(range)")
                #expect(self.isCanonical(result), "seed \(seed): \(set) and \(range) give \(result)")
            }
            #expect(set.contains(range) == zip(bits, inside).allSatisfy { !$1 || $0 }, "seed \(seed): \(set), \(range)")
        }
    }

    @Test func lookingUpAnInstantEqualsTheBitmap() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let (set, bits) = try self.randomSet(&random)
            for instant in -1...Self.universe {
                let timestamp = Timestamp(nanoseconds: Int64(instant))
                let expected = bits.indices.contains(instant) && bits[instant]

                #expect(set.contains(timestamp) == expected, "seed \(seed): \(set) at \(instant)")
                #expect(
                    set.rangeContaining(timestamp) == set.ranges.first { $0.contains(timestamp) },
                    "seed \(seed): \(set) at \(instant)"
                )
            }
            let first = bits.firstIndex(of: true)
            #expect(set.bounds?.start.nanoseconds == first.map(Int64.init), "seed \(seed)")
            #expect(set.bounds?.end.nanoseconds == bits.lastIndex(of: true).map { Int64($0) + 1 }, "seed \(seed)")
            #expect(set.isEmpty == (first == nil), "seed \(seed)")
        }
    }

    @Test func theEndsOfInt64DoNotTrap() throws {
        let all = try TimeRange(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max))
        let middle = try TimeRange(start: Timestamp(nanoseconds: -1), end: Timestamp(nanoseconds: 1))
        var set = RangeSet(all)
        set.remove(middle)

        #expect(set.ranges.count == 2 && set.gaps(in: all) == RangeSet(middle))
        #expect(set.union(RangeSet(middle)) == RangeSet(all) && RangeSet(all).bounds == all)
        #expect(!set.contains(Timestamp(nanoseconds: .max)) && set.contains(Timestamp(nanoseconds: .min)))
    }

    @Test func aSetIsWrittenAsItsRanges() throws {
        let range = try TimeRange(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1_000_000_000))

        #expect(RangeSet(range).description == "[1970-01-01T00:00:00Z..<1970-01-01T00:00:01Z]")
        #expect(RangeSet().description == "[]")
    }
}
