import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ReadHeatTests {
    private let freshness = FreshnessPolicy()

    private func note(
        _ heat: inout ReadHeat,
        _ tick: Int64,
        fetchedTick: Int64 = 0,
        nextPeriodTick: Int64? = nil
    ) -> Bool {
        heat.note(
            fetchedTick: fetchedTick,
            tick: tick,
            lifetime: 1_000,
            nextPeriodTick: nextPeriodTick,
            freshness: self.freshness
        )
    }

    @Test func whatIsReadOftenIsDueOnceLateInItsLifetime() {
        var heat = ReadHeat()
        let due = stride(from: Int64(0), to: 1_000, by: 10).filter { self.note(&heat, $0) }

        #expect(due == [970])
        #expect(
            stride(from: Int64(0), to: 1_000, by: 10).filter { self.note(&heat, 970 + $0, fetchedTick: 970) } == [970]
        )
    }

    @Test func whatIsReadRarelyOrNotLatelyIsNotDue() {
        var rare = ReadHeat()
        #expect(stride(from: Int64(0), to: 1_000, by: 60).allSatisfy { !self.note(&rare, $0) })
        var past = ReadHeat()
        for tick in Int64(0)..<600 { #expect(!self.note(&past, tick)) }
        #expect(!self.note(&past, 980), "one late read is no steady poller")
    }

    @Test func nothingIsBoughtAheadOfAPeriodThatIsAboutToBegin() {
        for (nextPeriod, expected) in [(Int64(990), false), (1_020, false), (1_030, true)] {
            var heat = ReadHeat()
            let due = stride(from: Int64(0), to: 1_000, by: 10).contains {
                self.note(&heat, $0, nextPeriodTick: nextPeriod)
            }
            #expect(due == expected)
        }
    }

    @Test func randomReadsAreDueAtMostOnceInALifetimeAndOnlyLate() {
        var random = SeededRandom()
        for _ in 0..<200 {
            var heat = ReadHeat()
            var (tick, fetchedTick, dueCount): (Int64, Int64, Int) = (0, 0, 0)
            for _ in 0..<300 {
                tick += Int64.random(in: 0..<30, using: &random)
                if tick - fetchedTick >= 1_000 { (fetchedTick, dueCount) = (tick, 0) }
                guard self.note(&heat, tick, fetchedTick: fetchedTick) else { continue }
                dueCount += 1
                #expect(dueCount == 1 && tick - fetchedTick >= 970, "\(random)")
            }
        }
    }
}
