import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct PurchasePlanTests {
    private func span(_ start: Int64, _ end: Int64) throws -> TimeRange {
        try TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    private func stretch(_ start: Int64, _ end: Int64, at fetchedAt: Int64) throws -> Coverage.Provisional {
        Coverage.Provisional(range: try self.span(start, end), fetchedAt: Timestamp(nanoseconds: fetchedAt))
    }

    @Test func gapsAreBoughtEachForItself() throws {
        let coverage = Coverage(final: RangeSet([try self.span(10, 20), try self.span(21, 30)]), provisional: [])

        let missing = PurchasePlan.missing(in: try self.span(0, 40), fresh: coverage.final, coverage: coverage)

        #expect(missing.ranges == [try self.span(0, 10), try self.span(20, 21), try self.span(30, 40)])
    }

    @Test func gapTakesTheProvisionalStretchBeforeItAlong() throws {
        let coverage = Coverage(
            final: RangeSet(try self.span(0, 10)),
            provisional: [try self.stretch(10, 15, at: 1), try self.stretch(15, 20, at: 2)]
        )

        let missing = PurchasePlan.missing(in: try self.span(0, 25), fresh: coverage.all, coverage: coverage)
        let clipped = PurchasePlan.missing(in: try self.span(18, 25), fresh: coverage.all, coverage: coverage)

        #expect(missing.ranges == [try self.span(10, 25)])
        #expect(clipped.ranges == [try self.span(18, 25)])
    }

    @Test func freshStretchWithoutAGapBehindItIsLeftAlone() throws {
        let coverage = Coverage(final: RangeSet(), provisional: [try self.stretch(10, 20, at: 1)])

        let missing = PurchasePlan.missing(in: try self.span(5, 20), fresh: coverage.all, coverage: coverage)

        #expect(missing.ranges == [try self.span(5, 10)])
    }

    @Test func nothingFinalIsEverBought() throws {
        var random = SeededRandom()
        for _ in 0..<500 {
            var coverage = Coverage()
            for _ in 0..<8 {
                let start = Int64.random(in: 0..<90, using: &random)
                let range = try self.span(start, start + Int64.random(in: 1..<20, using: &random))
                if Bool.random(using: &random) {
                    coverage.insertFinal(range)
                } else {
                    let fetchedAt = Timestamp(nanoseconds: Int64.random(in: 0..<10, using: &random))
                    coverage.insertProvisional(range, fetchedAt: fetchedAt)
                }
            }
            let start = Int64.random(in: 0..<90, using: &random)
            let asked = try self.span(start, start + Int64.random(in: 1..<40, using: &random))
            let fresh = coverage.fresh(at: Timestamp(nanoseconds: 10), lifetime: 5)

            let missing = PurchasePlan.missing(in: asked, fresh: fresh, coverage: coverage)

            #expect(missing.intersection(coverage.final).isEmpty, "\(random)")
            #expect(fresh.gaps(in: asked).subtracting(missing).isEmpty, "\(random)")
            #expect(missing.intersection(asked) == missing, "\(random)")
        }
    }
}
