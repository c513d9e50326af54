import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct TokenBucketTests {
    @Test func afterAPauseAsManyAsItHoldsMayComeAtOnce() {
        let rate = TokenBucket.Rate(perSecond: 10, capacity: 3)
        var bucket = TokenBucket()

        let waits = (0..<4).map { _ in bucket.take(at: .seconds(7), rate: rate) }

        #expect(waits == [nil, nil, nil, .milliseconds(100)])
        #expect(bucket.take(at: .seconds(7) + .milliseconds(100), rate: rate) == nil)
    }

    @Test func itHasWhatABucketWithCountedTokensHas() {
        var random = SeededRandom()
        for _ in 0..<200 {
            let perSecond = Int.random(in: 1...1_000, using: &random)
            // Whole nanoseconds a token, so that the model counts exactly.
            let interval = 1_000_000_000 / perSecond
            let rate = TokenBucket.Rate(perSecond: perSecond, capacity: .random(in: 1...20, using: &random))
            guard rate.interval == .nanoseconds(interval) else { continue }
            var bucket = TokenBucket()
            var credit = rate.capacity * interval
            var now = 0
            for _ in 0..<200 {
                let pause = Int.random(in: 0...(3 * interval), using: &random)
                now += pause
                credit = min(credit + pause, rate.capacity * interval)
                let expected: Duration? = credit >= interval ? nil : .nanoseconds(interval - credit)
                if expected == nil { credit -= interval }

                #expect(bucket.take(at: .nanoseconds(now), rate: rate) == expected, "\(random)")
                #expect(bucket.isFull(at: .nanoseconds(now)) == (credit == rate.capacity * interval), "\(random)")
            }
        }
    }
}
