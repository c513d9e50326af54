import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct OutagePlanTests {
    /// An hour on a grid of sixty.
    private static func hours(_ start: Int64, _ end: Int64) -> TimeRange {
        let hour = Timeframe.oneHour.nanoseconds
        let origin = Timestamp.earliest
        guard
            let range = TimeRange(
                origin.advancedSaturating(byNanoseconds: start * hour),
                origin.advancedSaturating(byNanoseconds: end * hour)
            )
        else { preconditionFailure("\(start) comes before \(end).") }
        return range
    }

    private static func plan(
        _ range: TimeRange,
        remembered: Coverage?,
        atHand: Coverage = Coverage(),
        lastContact: Timestamp
    ) -> OutagePlan {
        OutagePlan(
            range,
            timeframe: .oneHour,
            remembered: remembered,
            atHand: atHand,
            lastContact: lastContact,
            fresh: { $0.all }
        )
    }

    @Test func gapsOfARememberedCoverageAreBoughtAndTheRestIsWithheld() {
        let known = Coverage(final: RangeSet(Self.hours(2, 5)), provisional: [])

        let plan = Self.plan(Self.hours(0, 8), remembered: known, lastContact: Self.hours(0, 6).end)

        #expect(plan.bought == RangeSet([Self.hours(0, 2), Self.hours(5, 8)]))
        #expect(plan.withheld == RangeSet(Self.hours(2, 5)))
    }

    @Test func ofAnUnknownSeriesOnlyWhatIsNewerThanTheLastContactIsBought() {
        let contact = Self.hours(0, 5).end.advancedSaturating(byNanoseconds: 1)

        let plan = Self.plan(Self.hours(0, 8), remembered: nil, lastContact: contact)

        #expect(plan.bought == RangeSet(Self.hours(6, 8)), "the hour of the contact may be stored")
        #expect(plan.withheld == RangeSet(Self.hours(0, 6)))
    }

    @Test func whatIsAtHandIsNeitherBoughtNorWithheld() {
        let held = Coverage(final: RangeSet(Self.hours(1, 4)), provisional: [])
        for remembered in [held, nil] {
            let plan = Self.plan(
                Self.hours(0, 8),
                remembered: remembered,
                atHand: held,
                lastContact: Self.hours(0, 20).end
            )
            #expect(plan.bought.union(plan.withheld).intersection(Self.hours(1, 4)).isEmpty)
        }
    }

    @Test func whateverIsKnownEachInstantIsAtHandOrBoughtOrWithheldAndNothingRememberedIsBought() {
        var random = SeededRandom()
        func coverage() -> Coverage {
            let ranges = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                let start = Int64.random(in: 0..<40, using: &random)
                return Self.hours(start, start + Int64.random(in: 1...8, using: &random))
            }
            return Coverage(final: RangeSet(ranges), provisional: [])
        }
        for _ in 0..<2_000 {
            let remembered = Bool.random(using: &random) ? coverage() : nil
            let atHand =
                remembered.map { known in
                    let part = Int64.random(in: 0..<40, using: &random)
                    return known.intersection(Self.hours(part, part + 10))
                } ?? coverage()
            let start = Int64.random(in: 0..<40, using: &random)
            let range = Self.hours(start, start + Int64.random(in: 1...20, using: &random))
            let contact = Self.hours(0, Int64.random(in: 1..<50, using: &random)).end

            let plan = Self.plan(range, remembered: remembered, atHand: atHand, lastContact: contact)

            let all = plan.bought.union(plan.withheld).union(atHand.all)
            #expect(all.contains(range), "\(random)")
            #expect(plan.bought.intersection(plan.withheld).isEmpty, "\(random)")
            if let remembered {
                #expect(plan.bought.intersection(remembered.all).isEmpty, "\(random)")
            } else {
                #expect(plan.bought.ranges.allSatisfy { $0.start >= contact }, "\(random)")
            }
        }
    }
}
