import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct LeaseTests {
    private static let failure = LeaseFailure(
        range: StoreFixture.hours(0..<4),
        code: "unavailable",
        message: "the provider is down",
        attempts: 2,
        retryAfter: .seconds(8)
    )

    @Test(arguments: TestDatabase.kinds)
    func overlappingClaimsGrantDisjointRanges(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.storeHours(2..<3, nil)

            let first = try await fixture.claim(0..<6, by: "a")
            let second = try await fixture.claim(4..<8, by: "b")
            let other = try await fixture.claim(4..<8, by: "b", series: .of("NQ.c.0"))

            #expect(first.granted.map(\.range) == [StoreFixture.hours(0..<2), StoreFixture.hours(3..<6)])
            #expect(first.held.isEmpty && first.heldFor == nil && first.left.isEmpty)
            #expect(second.granted.map(\.range) == [StoreFixture.hours(6..<8)])
            #expect(second.held == RangeSet(StoreFixture.hours(4..<6)) && second.heldFor == .seconds(10))
            #expect(other.granted.map(\.range) == [StoreFixture.hours(4..<8)])
            #expect(Set((first.granted + second.granted).map(\.token)).count == 3)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func aTaskIsOneWorkersUntilItGivesItBackOrDies(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            func claim(_ name: String, by owner: String) async throws -> LeaseAnswer {
                let claim = LeaseClaim(owner: owner, length: .seconds(10), grantsMax: 1)
                return try await fixture.store.claimTask(name, claim)
            }
            let first = try await claim("pack", by: "a")
            let second = try await claim("pack", by: "b")
            let other = try await claim("sweep", by: "b")
            let bars = try await fixture.claim(0..<1, by: "b")

            #expect(first.granted.map(\.range) == [LeaseKey.latestRange])
            #expect(second.granted.isEmpty && second.heldFor == .seconds(10))
            #expect(other.granted.count == 1 && bars.granted.count == 1, "other keys are free")
            #expect(try await fixture.store.renew(first.granted.map(\.token)).lost.isEmpty)

            try await fixture.store.release(first.granted.map(\.token))
            let third = try await claim("pack", by: "b")
            #expect(third.granted.count == 1)
            fixture.clock.advance(seconds: 11)
            #expect(try await claim("pack", by: "a").granted.count == 1, "its holder died")
            #expect(try await fixture.store.renew(third.granted.map(\.token)).lost.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func claimGrantsNoMoreThanItMayAndNothingThatIsKnown(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await fixture.storeHours(1..<2, nil)
            try await fixture.storeHours(3..<4, nil)

            let answer = try await fixture.claim(0..<5, by: "a", grantsMax: 2)
            let nothing = try await fixture.claim(1..<2, by: "b")

            #expect(answer.granted.map(\.range) == [StoreFixture.hours(0..<1), StoreFixture.hours(2..<3)])
            #expect(answer.left == RangeSet(StoreFixture.hours(4..<5)))
            #expect(nothing.isNothingMissing)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func expiredLeaseIsTakenOverAndItsHolderIsRefused(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let old = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            fixture.clock.advance(seconds: 9)
            #expect(try await fixture.claim(0..<4, by: "b").granted.isEmpty)
            fixture.clock.advance(seconds: 1)
            let new = try #require(try await fixture.claim(0..<4, by: "b").granted.first)

            let refusal = try await fixture.refusal { try await fixture.storeHours(0..<4, old) }

            #expect(refusal == .leaseLost)
            #expect(try await fixture.store.coverage(of: .of()).version == 0, "nothing was written")
            #expect(try await fixture.store.renew([old.token, new.token]).lost == [old.token])
            try await fixture.storeHours(0..<4, new)
            #expect(try await fixture.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func expiredLeaseThatNobodyTookOverStillStores(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let lease = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            fixture.clock.advance(seconds: 3_600)

            let outcome = try await fixture.storeHours(0..<4, lease)

            #expect(outcome.version == 1 && outcome.seriesID != nil)
            #expect(try await fixture.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func piecesGiveUpWhatTheyStoreAndRenewTheRest(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let lease = try #require(try await fixture.claim(0..<6, by: "a").granted.first)
            fixture.clock.advance(seconds: 8)
            try await fixture.storeHours(0..<2, lease)
            try await fixture.storeHours(0..<2, lease)
            fixture.clock.advance(seconds: 8)

            let held = try await fixture.claim(0..<6, by: "b")
            #expect(held.granted.isEmpty && held.held == RangeSet(StoreFixture.hours(2..<6)))
            fixture.clock.advance(seconds: 2)
            let rest = try await fixture.claim(0..<6, by: "b")

            #expect(
                rest.granted.map(\.range) == [StoreFixture.hours(2..<6)],
                "only what was not stored is bought again"
            )
            #expect(try await fixture.refusal { try await fixture.storeHours(2..<4, lease) } == .leaseLost)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func renewedAndReleasedLeases(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let granted = try await fixture.claim(0..<2, by: "a").granted + fixture.claim(4..<6, by: "a").granted
            for _ in 0..<5 {
                fixture.clock.advance(seconds: 9)
                let (renewed, lost) = try await fixture.store.renew(granted.map(\.token))
                #expect(renewed.count == 2 && lost.isEmpty)
            }
            #expect(try await fixture.claim(0..<6, by: "b").held.ranges.count == 2)

            try await fixture.store.release([granted[0].token])
            #expect(try await fixture.claim(0..<2, by: "b").granted.count == 1)
            try await fixture.store.releaseAll(of: "a")
            #expect(try await fixture.claim(4..<6, by: "b").granted.count == 1)
            #expect(try await fixture.claim(0..<2, by: "a").granted.isEmpty, "what others hold stays theirs")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureIsHandedOnUntilItEndsAndItsAttemptsAreInherited(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let lease = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            #expect(lease.attempts == 0)
            try await fixture.store.fail(lease, of: .records(.of()), owner: "a", Self.failure)

            fixture.clock.advance(seconds: 3)
            let refused = try await fixture.claim(2..<8, by: "b")
            #expect(refused.granted.isEmpty && refused.held.isEmpty)
            #expect(refused.failure?.code == "unavailable" && refused.failure?.message == Self.failure.message)
            #expect(refused.failure?.retryAfter == .seconds(5) && refused.failure?.attempts == 2)
            #expect(try await fixture.claim(4..<8, by: "b").granted.count == 1, "what lies beside it may be tried")

            fixture.clock.advance(seconds: 5)
            let retry = try await fixture.claim(0..<4, by: "c")
            #expect(retry.granted.map(\.attempts) == [2])
            #expect(retry.failure == nil)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureLongPastIsNotInherited(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let lease = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            try await fixture.store.fail(lease, of: .records(.of()), owner: "a", Self.failure)
            fixture.clock.advance(seconds: 8 + 60)

            #expect(try await fixture.claim(0..<4, by: "b").granted.map(\.attempts) == [0])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureOfTheWholeProviderStopsClaimsOfAllItSells(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            for wait in [3, 8] {
                let lease = try #require(
                    try await fixture.claim(0..<4, by: "a", series: .of("CL.c.\(wait)")).granted.first
                )
                let failure = LeaseFailure(
                    range: nil,
                    code: "rateLimited",
                    message: "slow down",
                    attempts: 1,
                    retryAfter: .seconds(wait)
                )
                try await fixture.store.fail(lease, of: .records(.of("CL.c.\(wait)")), owner: "a", failure)
                if wait == 3 { fixture.clock.advance(seconds: 4) }
            }
            let elsewhere = Series.of("ES.c.0", .oneHour, .nasdaq)

            let bars = try await fixture.claim(0..<4, by: "b")
            let latest = try await fixture.claimLatest(by: "b")

            #expect(bars.granted.isEmpty && bars.failure?.code == "rateLimited" && bars.failure?.range == nil)
            #expect(bars.failure?.retryAfter == .seconds(8))
            #expect(latest.granted.isEmpty && latest.failure == bars.failure)
            #expect(try await fixture.claim(0..<4, by: "b", series: elsewhere).granted.count == 1)
            #expect(try await fixture.leaseCount() == 2, "one failure for the provider")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureOfAFormerHolderIsNotHandedOn(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let old = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            fixture.clock.advance(seconds: 10)
            let new = try #require(try await fixture.claim(0..<4, by: "b").granted.first)

            try await fixture.store.fail(old, of: .records(.of()), owner: "a", Self.failure)

            let answer = try await fixture.claim(0..<4, by: "c")
            #expect(answer.failure == nil && !answer.held.isEmpty, "the new holder's purchase goes on")
            try await fixture.storeHours(0..<4, new)
            #expect(try await fixture.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failureOfTheProviderIsHandedOnByAFormerHolderToo(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let old = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            fixture.clock.advance(seconds: 10)
            _ = try await fixture.claim(0..<4, by: "b")
            let failure = LeaseFailure(
                range: nil,
                code: "rateLimited",
                message: "slow down",
                attempts: 1,
                retryAfter: .seconds(8)
            )

            try await fixture.store.fail(old, of: .records(.of()), owner: "a", failure)

            #expect(try await fixture.claim(4..<8, by: "c").failure?.code == "rateLimited")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func claimOfAnOperatorTriesWhatFailedForOthers(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let lease = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            try await fixture.store.fail(lease, of: .records(.of()), owner: "a", Self.failure)
            let other = try #require(try await fixture.claim(6..<8, by: "a").granted.first)

            let answer = try await fixture.claim(0..<8, by: "b", heedsFailures: false)

            #expect(answer.failure == nil)
            #expect(answer.granted.map(\.range) == [StoreFixture.hours(0..<6)])
            #expect(answer.held == RangeSet(other.range), "what somebody is buying stays theirs")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func newestPricesAreClaimedByOneAndStoredUnderTheLease(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let first = try #require(try await fixture.claimLatest(by: "a").granted.first)
            let second = try await fixture.claimLatest(by: "b")
            #expect(second.granted.isEmpty && second.held == RangeSet(LeaseKey.latestRange))
            try await fixture.storeLatest(first)

            #expect(try await fixture.claimLatest(by: "b").isNothingMissing)
            #expect(try await fixture.refusal { try await fixture.storeLatest(first) } == .leaseLost)
            fixture.clock.advance(seconds: 5)
            #expect(try await fixture.claimLatest(by: "b").granted.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func claimWhoseAnswerWasLostIsMadeAgainAtOnce(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let claim = LeaseClaim(owner: "a", length: .seconds(10), grantsMax: 4)
            let missing: @Sendable (Coverage, Timestamp) -> RangeSet = { coverage, _ in
                coverage.all.gaps(in: StoreFixture.hours(0..<4))
            }
            let other = LeaseClaim(owner: "b", length: .seconds(10), grantsMax: 4)
            let lost = try await fixture.store.claim(.of(), claim, missing: missing)
            let again = try await fixture.store.claim(.of(), claim, missing: missing)

            let later = LeaseClaim(owner: "a", length: .seconds(10), grantsMax: 4)
            let anew = try await fixture.store.claim(.of(), later, missing: missing)
            let known = LeaseClaim(
                owner: "a",
                length: .seconds(10),
                grantsMax: 4,
                holding: Set(anew.granted.map(\.token))
            )

            #expect(lost.granted == again.granted && again.held.isEmpty)
            #expect(anew.granted.map(\.range) == lost.granted.map(\.range) && anew.granted != lost.granted)
            #expect(try await fixture.store.claim(.of(), known, missing: missing).granted.isEmpty)
            #expect(try await fixture.store.claim(.of(), other, missing: missing).granted.isEmpty)
            #expect(try await fixture.leaseCount() == 1)
        }
    }

    /// The server was down for a minute, and then read its log for another one: nobody could renew anything.
    @Test(arguments: TestDatabase.kinds)
    func leasesOutliveARestartOfTheServer(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let started = fixture.clock.now
            _ = try await fixture.startedAnew(at: started).claim(0..<4, by: "a")
            fixture.clock.advance(seconds: 120)
            let restarted = fixture.startedAnew(at: started.advancedSaturating(byNanoseconds: 60_000_000_000))

            let held = try await restarted.claim(0..<4, by: "b")
            #expect(held.granted.isEmpty && held.heldFor == .seconds(10), "its holder has to find the server first")
            fixture.clock.advance(seconds: 14)
            #expect(try await restarted.claim(0..<4, by: "b").granted.isEmpty)
            fixture.clock.advance(seconds: 1)
            #expect(try await restarted.claim(0..<4, by: "b").granted.count == 1)
        }
    }

    /// Else whoever is killed within the first seconds of a new database would delay the others for longer.
    @Test(arguments: TestDatabase.kinds)
    func firstStartThatIsEverNotedProlongsNothing(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let started = fixture.clock.now.advancedSaturating(byNanoseconds: -3_600_000_000_000)
            let server = fixture.startedAnew(at: started)
            _ = try await server.claim(0..<4, by: "a")
            fixture.clock.advance(seconds: 10)

            #expect(try await server.claim(0..<4, by: "b").granted.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func clockSetBackHoldsALeaseNoLongerThanItsLength(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.claim(0..<4, by: "a")
            fixture.clock.advance(seconds: -3_600)

            #expect(try await fixture.claim(0..<4, by: "b").heldFor == .seconds(10))
            fixture.clock.advance(seconds: 10)
            #expect(try await fixture.claim(0..<4, by: "b").granted.count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func severalWritesTogetherAreAllRefusedWithOneLostLease(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let leases = try await fixture.claim(0..<2, by: "a").granted + fixture.claim(4..<6, by: "a").granted
            try await fixture.store.release([leases[1].token])
            let writes = [(0..<2, leases[0]), (4..<6, leases[1])].map { hours, lease in
                StoreWrite.bars(
                    StoredPiece(
                        series: .of(),
                        records: [],
                        range: StoreFixture.hours(Int64(hours.lowerBound)..<Int64(hours.upperBound)),
                        settledEnd: time("2026-01-07T00:00:00Z"),
                        lease: lease.token
                    )
                )
            }

            #expect(try await fixture.refusal { _ = try await fixture.store.store(writes) } == .leaseLost)
            #expect(try await fixture.store.coverage(of: .of()).coverage.isEmpty)
            #expect(try await fixture.refusal { _ = try await fixture.store.store([writes[0]]) } == nil)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whatEndedLongAgoIsRemoved(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.claim(0..<4, by: "a")
            fixture.clock.advance(seconds: 60)
            _ = try await fixture.claim(4..<6, by: "a", series: .of("NQ.c.0"))

            #expect(try await fixture.store.deleteLeases(endedBefore: .seconds(60)) == 0)
            #expect(try await fixture.store.deleteLeases(endedBefore: .seconds(49)) == 1)
            #expect(try await fixture.leaseCount() == 1)
        }
    }
}

extension StoreFixture {
    /// The same store on a server that was started then.
    fileprivate func startedAnew(at start: Timestamp) -> StoreFixture {
        let clock = self.clock
        let store = MarketStore(
            database: self.test.database,
            clock: { clock.now },
            serverStart: start,
            logger: .silent
        )
        return StoreFixture(store: store, test: self.test, clock: clock)
    }

    fileprivate func claimLatest(by owner: String) async throws -> LeaseAnswer {
        let claim = LeaseClaim(owner: owner, length: .seconds(10), grantsMax: 1)
        return try await self.store.claimLatest(provider: .globex, symbol: "ES.c.0", claim) { askedAt, now in
            askedAt.map { now.nanosecondsApart(from: $0) >= 5_000_000_000 } ?? true
        }
    }

    fileprivate func storeLatest(_ lease: FetchLease) async throws {
        try await self.store.storeLatest(
            provider: .globex,
            symbol: "ES.c.0",
            quote: .at("2026-01-07T11:59:59Z", 100),
            trade: nil,
            purchase: nil,
            lease: lease.token
        )
    }
}
