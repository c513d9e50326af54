import MarketData
import Testing

@Suite struct CoverageTests {
    private static let universe = 32

    /// What is known of one instant.
    private enum Knowledge: Equatable {
        case nothing
        case final
        case provisional(Int64)
    }

    private func knowledge(_ coverage: Coverage) -> [Knowledge] {
        (0..<Self.universe).map { instant in
            let timestamp = Timestamp(nanoseconds: Int64(instant))
            if coverage.final.contains(timestamp) { return .final }
            let stretch = coverage.provisional.first { $0.range.contains(timestamp) }
            return stretch.map { .provisional($0.fetchedAt.nanoseconds) } ?? .nothing
        }
    }

    /// Sorted, disjoint, apart from what is final, and joined where two stretches touch that were fetched at once.
    private func isCanonical(_ coverage: Coverage) -> Bool {
        zip(coverage.provisional, coverage.provisional.dropFirst()).allSatisfy { left, right in
            left.range.end < right.range.start
                || (left.range.end == right.range.start && left.fetchedAt != right.fetchedAt)
        } && coverage.provisional.allSatisfy { coverage.final.intersection($0.range).isEmpty }
    }

    private func randomRange(_ random: inout SeededGenerator) throws -> TimeRange {
        let start = Int64.random(in: 0..<Int64(Self.universe), using: &random)
        let end = min(Int64(Self.universe), start + Int64.random(in: 1...10, using: &random))
        return try TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    private func apply(_ range: TimeRange, to model: inout [Knowledge], _ change: (Knowledge) -> Knowledge) {
        for instant in model.indices where range.contains(Timestamp(nanoseconds: Int64(instant))) {
            model[instant] = change(model[instant])
        }
    }

    @Test func changesEqualThoseOfAModelOfSingleInstants() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            var coverage = Coverage()
            var model = Array(repeating: Knowledge.nothing, count: Self.universe)
            for _ in 0..<14 {
                let range = try self.randomRange(&random)
                let fetchedAt = Int64.random(in: 0...3, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    coverage.insertFinal(range)
                    self.apply(range, to: &model) { _ in .final }
                case 1:
                    coverage.remove(range)
                    self.apply(range, to: &model) { _ in .nothing }
                default:
                    coverage.insertProvisional(range, fetchedAt: Timestamp(nanoseconds: fetchedAt))
                    self.apply(range, to: &model) { $0 == .final ? .final : .provisional(fetchedAt) }
                }

                #expect(self.knowledge(coverage) == model, "seed \(seed)")
                #expect(self.isCanonical(coverage), "seed \(seed): \(coverage)")
            }
            try self.checkQuestions(coverage, model, try self.randomRange(&random), seed)
        }
    }

    private func checkQuestions(_ coverage: Coverage, _ model: [Knowledge], _ part: TimeRange, _ seed: UInt64) throws {
        for (now, lifetime) in [(Int64(3), Int64(4)), (3, 1), (3, 0), (1, 2), (0, 2), (5, 3)] {
            let fresh = coverage.fresh(at: Timestamp(nanoseconds: now), lifetime: lifetime)
            let expected = model.map { knowledge in
                switch knowledge {
                case .nothing: false
                case .final: true
                case .provisional(let fetchedAt): abs(now - fetchedAt) < lifetime
                }
            }
            #expect(
                (0..<Self.universe).map { fresh.contains(Timestamp(nanoseconds: Int64($0))) } == expected,
                "seed \(seed)"
            )
        }
        #expect(coverage.all == coverage.fresh(at: Timestamp(nanoseconds: 0), lifetime: .max), "seed \(seed)")
        #expect(coverage.isEmpty == model.allSatisfy { $0 == .nothing }, "seed \(seed)")
        var inside = model
        for instant in inside.indices where !part.contains(Timestamp(nanoseconds: Int64(instant))) {
            inside[instant] = .nothing
        }
        #expect(self.knowledge(coverage.intersection(part)) == inside, "seed \(seed)")
        #expect(self.isCanonical(coverage.intersection(part)), "seed \(seed)")
        let rebuilt = Coverage(final: coverage.final, provisional: coverage.provisional.reversed())
        #expect(rebuilt == coverage, "seed \(seed)")
    }

    @Test func stretchesThatOverlapAreOrderedByTheirFetch() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            var model = Array(repeating: Knowledge.nothing, count: Self.universe)
            var final = RangeSet()
            for _ in 0..<2 { final.insert(try self.randomRange(&random)) }
            let stretches = try (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Coverage.Provisional(
                    range: try self.randomRange(&random),
                    fetchedAt: Timestamp(nanoseconds: Int64.random(in: 0...9, using: &random))
                )
            }
            for stretch in stretches {
                self.apply(stretch.range, to: &model) { known in
                    guard case .provisional(let other) = known else {
                        return .provisional(stretch.fetchedAt.nanoseconds)
                    }
                    return .provisional(max(other, stretch.fetchedAt.nanoseconds))
                }
            }
            for range in final.ranges { self.apply(range, to: &model) { _ in .final } }

            let coverage = Coverage(final: final, provisional: stretches)

            #expect(self.knowledge(coverage) == model && self.isCanonical(coverage), "seed \(seed): \(stretches)")
        }
    }
}
