import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct HeldLeasesTests {
    private static let second: Int64 = 1_000_000_000

    private static func lease(_ number: Int) throws -> FetchLease {
        let range = try TimeRange(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 100))
        return FetchLease(token: LeaseToken(rawValue: "\(number)"), range: range, attempts: 0)
    }

    @Test func leaseIsTrustedForNineTenthsOfItsLength() throws {
        var held = HeldLeases(length: .seconds(10))
        let lease = try Self.lease(1)
        held.add([lease], tick: 5 * Self.second)

        #expect(held.isTrusted(lease.token, tick: 14 * Self.second - 1))
        #expect(!held.isTrusted(lease.token, tick: 14 * Self.second))
        held.noteRenewed([lease.token], tick: 12 * Self.second)
        #expect(held.isTrusted(lease.token, tick: 21 * Self.second - 1))
        held.noteRenewed([lease.token], tick: 1 * Self.second)
        #expect(held.isTrusted(lease.token, tick: 21 * Self.second - 1), "an older renewal takes nothing away")
    }

    @Test func whatIsStoredRenewsAndInTheEndUsesUp() throws {
        var held = HeldLeases(length: .seconds(10))
        let lease = try Self.lease(1)
        held.add([lease], tick: 0)
        held.noteStored(lease.token, upTo: Timestamp(nanoseconds: 50), tick: 8 * Self.second)
        #expect(held.isTrusted(lease.token, tick: 16 * Self.second))
        held.noteStored(lease.token, upTo: Timestamp(nanoseconds: 100), tick: 9 * Self.second)
        #expect(held.count == 0 && !held.isTrusted(lease.token, tick: 9 * Self.second))
    }

    @Test func whatIsGivenBackIsHeldButNotTrustedUntilItIsForgotten() throws {
        var held = HeldLeases(length: .seconds(10))
        let leases = try [1, 2].map(Self.lease)
        held.add(leases, tick: 0)
        held.giveBack([leases[0].token])

        #expect(!held.isTrusted(leases[0].token, tick: 0) && held.isTrusted(leases[1].token, tick: 0))
        #expect(held.returned == [leases[0].token] && held.tokens.count == 2)
        let forgotten = held.forget([leases[0].token, LeaseToken(rawValue: "?")])
        #expect(forgotten == 1)
        #expect(held.tokens == [leases[1].token])
    }

    /// A model of the database's side says when a lease may be another's: it is never trusted then.
    @Test func leaseIsNeverTrustedWhenItMayBeAnothers() throws {
        var random = SeededRandom()
        for _ in 0..<200 {
            var held = HeldLeases(length: .seconds(10))
            var expiry: [LeaseToken: Int64] = [:]
            var tick: Int64 = 0
            for step in 0..<60 {
                let begun = tick
                // A call takes its time; the database sees it somewhere between.
                tick += Int64.random(in: 0...(2 * Self.second), using: &random)
                let seen = Int64.random(in: begun...tick, using: &random)
                let token = expiry.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    let lease = try Self.lease(step)
                    expiry[lease.token] = seen + 10 * Self.second
                    held.add([lease], tick: begun)
                case 1:
                    if let token, let known = expiry[token], seen < known {
                        expiry[token] = seen + 10 * Self.second
                        // Its answer may be lost.
                        if Bool.random(using: &random) { held.noteRenewed([token], tick: begun) }
                    }
                case 2:
                    if let token, let known = expiry[token], seen < known {
                        expiry[token] = seen + 10 * Self.second
                        held.noteStored(token, upTo: Timestamp(nanoseconds: 1), tick: begun)
                    }
                case 3:
                    if let token { held.giveBack([token]) }
                default:
                    tick += Int64.random(in: 0...(4 * Self.second), using: &random)
                }
                for (token, expiry) in expiry where tick >= expiry {
                    #expect(!held.isTrusted(token, tick: tick), "\(random)")
                }
            }
        }
    }
}
