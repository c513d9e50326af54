import TestSupport
import Testing

@testable import Tapedeck

@Suite struct EvictionPolicyTests {
    @Test func newestEntryStaysWhileThereIsRoom() {
        var policy = EvictionPolicy<Int>(budget: 3)

        let evicted = [
            policy.insert(1, cost: 1, counter: AccessCounter()),
            policy.insert(2, cost: 2, counter: AccessCounter()),
        ]

        #expect(evicted == [[], []])
        #expect(policy.cost == 3)
        policy.checkInvariants()
    }

    @Test func unreadEntriesLeaveInTheOrderInWhichTheyCame() {
        var policy = EvictionPolicy<Int>(budget: 3)
        for key in 1...3 { _ = policy.insert(key, cost: 1, counter: AccessCounter()) }

        let evicted = [
            policy.insert(4, cost: 1, counter: AccessCounter()),
            policy.insert(5, cost: 2, counter: AccessCounter()),
        ]

        #expect(evicted == [[1], [2, 3]])
        policy.checkInvariants()
    }

    @Test func entryReadTwiceOutlivesEntriesThatCameLater() {
        var policy = EvictionPolicy<Int>(budget: 3)
        let counter = AccessCounter()
        _ = policy.insert(1, cost: 1, counter: counter)
        counter.raise(by: 1, limit: 3)
        counter.raise(by: 1, limit: 3)

        for key in 2...20 { _ = policy.insert(key, cost: 1, counter: AccessCounter()) }

        #expect(policy.contains(1))
        policy.checkInvariants()
    }

    @Test func entryThatComesBackSoonSkipsProbation() {
        var policy = EvictionPolicy<Int>(budget: 10)
        for key in 1...11 { _ = policy.insert(key, cost: 1, counter: AccessCounter()) }
        #expect(!policy.contains(1))

        _ = policy.insert(1, cost: 1, counter: AccessCounter())
        for key in 20...26 { _ = policy.insert(key, cost: 1, counter: AccessCounter()) }

        #expect(policy.contains(1))
        policy.checkInvariants()
    }

    @Test func entryThatAloneExceedsTheBudgetIsNotKept() {
        var policy = EvictionPolicy<Int>(budget: 10)
        _ = policy.insert(1, cost: 4, counter: AccessCounter())

        let evicted = policy.insert(2, cost: 11, counter: AccessCounter())

        #expect(evicted.contains(2))
        #expect(policy.cost <= 10)
        policy.checkInvariants()
    }

    @Test func growingEntryPushesOthersOut() {
        var policy = EvictionPolicy<Int>(budget: 10)
        for key in 1...5 { _ = policy.insert(key, cost: 2, counter: AccessCounter()) }

        let evicted = policy.update(5, cost: 5)

        #expect(evicted == [1, 2])
        #expect(policy.cost == 9)
        policy.checkInvariants()
    }

    /// A new page of each series begins, while the hand stands behind pages that are read, or were.
    @Test func newEntriesThatAreReadInTurnDoNotPushEachOtherOut() {
        var cache = TraceCache.policy(EvictionPolicy(budget: 80), [:])
        func read(_ keys: Range<Int>, times: Int) -> Int {
            (0..<times).reduce(0) { sum, _ in sum + keys.count { !cache.touch($0) } }
        }
        _ = read(0..<75, times: 3)
        _ = read(100..<200, times: 1)
        _ = read(0..<70, times: 3)

        let misses = (0..<20).reduce(0) { sum, _ in
            sum + (200..<220).reduce(0) { $0 + read($1..<($1 + 1), times: 2) }
        }

        #expect(misses <= 2 * 20)
    }

    @Test func randomCallsNeverExceedTheBudget() {
        var random = SeededRandom()
        for _ in 0..<50 {
            let budget = Int.random(in: 1...200, using: &random)
            var policy = EvictionPolicy<Int>(budget: budget)
            var counters: [Int: AccessCounter] = [:]
            for _ in 0..<400 {
                let key = Int.random(in: 0..<60, using: &random)
                let cost = Int.random(in: 1...40, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    counters[key]?.raise(by: 1, limit: 3)
                case 4..<9:
                    let counter = counters[key] ?? AccessCounter()
                    counters[key] = counter
                    let evicted =
                        policy.contains(key)
                        ? policy.update(key, cost: cost) : policy.insert(key, cost: cost, counter: counter)
                    for gone in evicted { counters[gone] = nil }
                    #expect(evicted.allSatisfy { !policy.contains($0) }, "\(random)")
                default:
                    policy.remove(key)
                    counters[key] = nil
                }
                #expect(policy.cost <= budget, "\(random)")
                #expect(Set(counters.keys).allSatisfy { policy.contains($0) }, "\(random)")
                policy.checkInvariants()
            }
        }
    }

    /// Bots read a hot set of pages while a backfill of ten times the budget passes through.
    @Test func hotSetSurvivesAScanThatSweepsALeastRecentlyUsedCache() {
        var random = SeededRandom()
        let budget = 100
        let hotKeys = 0..<60
        var policy = TraceCache.policy(EvictionPolicy(budget: budget), [:])
        var plain = TraceCache.leastRecentlyUsed(LinkedQueue(), budget: budget)
        for _ in 0..<2_000 {
            let key = Int.random(in: hotKeys, using: &random)
            policy.touch(key)
            plain.touch(key)
        }

        var (policyHits, plainHits, reads) = (0, 0, 0)
        for scanned in 0..<(10 * budget) {
            policy.touch(1_000 + scanned)
            plain.touch(1_000 + scanned)
            if scanned.isMultiple(of: 4) {
                let key = Int.random(in: hotKeys, using: &random)
                reads += 1
                policyHits += policy.touch(key) ? 1 : 0
                plainHits += plain.touch(key) ? 1 : 0
            }
        }

        #expect(policyHits > plainHits, "\(random)")
        #expect(policyHits * 100 >= reads * 95, "\(policyHits) of \(reads) reads hit; \(random)")
    }
}

/// A cache of pages of cost 1 that is only traced.
private enum TraceCache {
    case policy(EvictionPolicy<Int>, [Int: AccessCounter])
    case leastRecentlyUsed(LinkedQueue<Int>, budget: Int)

    /// Reads a key, loading it if need be; true when it was held.
    @discardableResult
    mutating func touch(_ key: Int) -> Bool {
        switch self {
        case .policy(var policy, var counters):
            let isHit = counters[key] != nil
            let counter = counters[key] ?? AccessCounter()
            if !isHit {
                counters[key] = counter
                for gone in policy.insert(key, cost: 1, counter: counter) { counters[gone] = nil }
            }
            counter.raise(by: 1, limit: 3)
            self = .policy(policy, counters)
            return isHit
        case .leastRecentlyUsed(var queue, let budget):
            let isHit = queue.remove(key)
            queue.append(key)
            if queue.count > budget { _ = queue.popOldest() }
            self = .leastRecentlyUsed(queue, budget: budget)
            return isHit
        }
    }
}
