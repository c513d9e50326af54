import MarketData
import Providers
import SQLDatabase
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FailingProviderTests {
    private let outage = ProviderError(.unavailable, "the line is dead")

    @Test func failureReachesAllWhoWaitAndIsRememberedForABackoff() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.simulated.failNext(1, with: self.outage, only: .bars)
            world.provider.gate.close()
            let codes = await withTaskGroup(of: TapedeckError.Code?.self) { group in
                for _ in 0..<20 { group.addTask { await code { _ = try await world.bars(range) } } }
                while world.cache.statistics().waiters < 20 { await Task.yield() }
                world.provider.gate.open()
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == Array(repeating: .providerUnavailable, count: 20))
            #expect(world.provider.purchases.count == 1)

            world.advance(.milliseconds(999))
            #expect(await code { _ = try await world.bars(range) } == .providerUnavailable)
            #expect(world.provider.purchases.count == 1, "within the backoff nobody asks again")

            world.advance(.milliseconds(1))
            #expect(try await world.bars(range).isComplete)
            #expect(world.provider.purchases.count == 2)
        }
    }

    @Test func errorNamesCauseAndWait() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.simulated.failNext(
                1,
                with: ProviderError(.rateLimited, "too many requests", retryAfter: .seconds(40)),
                only: .bars
            )
            do {
                _ = try await world.bars(range)
                Issue.record("the read should have failed")
            } catch let error as TapedeckError {
                #expect(error.code == .rateLimited)
                #expect(error.retryAfter == .seconds(40))
                #expect(error.message.contains("too many requests"))
            }
            #expect(
                await code { _ = try await world.bars(range, symbol: "NQ.c.0") } == .rateLimited,
                "a rate limit concerns all that the provider sells"
            )
            world.advance(.seconds(40))
            #expect(try await world.bars(range).isComplete)
        }
    }

    @Test func everyPartOfALongRangeIsMissingForTheFailureThatKeptItFromBeingBought() async throws {
        var settings = try World.Settings()
        settings.cache.flightPeriodsMax = 100
        try await World.with(.sqliteMemory, settings) { world in
            let held = try world.range("2026-01-12T00:00:00Z", "2026-01-12T06:00:00Z")
            _ = try await world.bars(held, .oneMinute)
            world.simulated.failNext(1, with: self.outage, only: .bars)
            let day = try world.range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            let answer = try await world.bars(day, .oneMinute)

            #expect(answer.missing.allSatisfy { $0.reason == .providerFailed(.unavailable) }, "\(answer.missing)")
            #expect(
                RangeSet(answer.missing.map(\.range)) == RangeSet(day).subtracting(RangeSet(held)),
                "\(answer.missing)"
            )
        }
    }

    @Test(arguments: [
        (ProviderError.Code.unauthorized, TapedeckError.Code.providerRefused), (.forbidden, .providerRefused),
        (.outOfCredit, .providerRefused), (.badRequest, .invalidRequest), (.timedOut, .providerUnavailable),
        (.cut, .providerUnavailable), (.corruptAnswer, .providerUnavailable),
    ])
    func providersErrorsAreTold(_ given: ProviderError.Code, _ expected: TapedeckError.Code) async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.simulated.failNext(1, with: ProviderError(given, "no"), only: .bars)

            #expect(await code { _ = try await world.bars(range) } == expected)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func storedDataIsServedStaleWhileTheProviderIsDown(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.provider.outages = [
            try TimeRange(
                start: Timestamp(parsing: "2026-01-14T15:40:00Z"),
                end: Timestamp(parsing: "2026-01-14T16:40:00Z")
            )
        ]
        try await World.with(kind, settings) { world in
            let fresh = try await world.last(24)
            world.advance(.seconds(1_200))
            let range = try world.range("2026-01-14T12:00:00Z", "2026-01-14T16:00:00Z")
            let recent = try await world.last(24)
            let ranged = try await world.bars(range)
            world.advance(.seconds(3_600))
            let renewed = try await world.last(24)

            #expect(recent.bars == fresh.bars && recent.isStale && !recent.isComplete)
            #expect(recent.missing.map(\.reason) == [.providerFailed(.unavailable)])
            #expect(recent.age == .seconds(1_200))
            #expect(ranged.bars == Array(fresh.bars.suffix(4)) && ranged.isStale)
            #expect(ranged.missing.map(\.range) == [try world.range("2026-01-14T15:00:00Z", "2026-01-14T16:00:00Z")])
            #expect(!renewed.isStale && renewed.isComplete)
        }
    }

    @Test func partOfARangeThatCannotBeBoughtIsMissingWithTheReason() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.bars(try world.range("2026-01-13T00:00:00Z", "2026-01-13T12:00:00Z"))
            world.simulated.failNext(1, with: self.outage, only: .bars)
            let all = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")

            let answer = try await world.bars(all)

            #expect(answer.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-13T11:00:00Z")))
            #expect(!answer.isComplete && !answer.isStale)
            #expect(
                answer.missing == [
                    MissingRange(
                        range: try world.range("2026-01-13T12:00:00Z", "2026-01-14T00:00:00Z"),
                        reason: .providerFailed(.unavailable),
                        detail: "the line is dead"
                    )
                ]
            )
        }
    }

    @Test func piecesThatCameBeforeACutAreKept() async throws {
        var settings = try World.Settings()
        settings.provider.pieceRecordsMax = 10
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            world.simulated.failNext(1, with: ProviderError(.cut, "cut"), only: .bars, afterPieces: 1)

            let partial = try await world.bars(range)
            world.advance(.seconds(1))
            let whole = try await world.bars(range)

            #expect(partial.missing.map(\.range) == [try world.range("2026-01-13T10:00:00Z", "2026-01-14T00:00:00Z")])
            #expect(whole.isComplete)
            #expect(world.provider.purchases.map(\.range) == [range, partial.missing[0].range])
        }
    }

    @Test func unknownSymbolIsAnErrorAndNotAskedForAllTheTime() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            for _ in 0..<5 {
                #expect(await code { _ = try await world.last(3, symbol: "UNKNOWN1") } == .symbolUnknown)
                world.advance(.seconds(5))
            }
            #expect(world.provider.availabilityCount == 1)
            world.advance(.seconds(30))
            #expect(await code { _ = try await world.last(3, symbol: "UNKNOWN1") } == .symbolUnknown)
            #expect(world.provider.availabilityCount == 2)
        }
    }

    @Test func refreshThatFailsAnswersWhatIsStoredAsStale() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let first = try await world.bars(range)
            world.provider.allowSettled()
            world.simulated.failNext(1, with: self.outage, only: .bars)

            let answer = try await world.cache.bars(world.request(.range(range), refresh: true))

            #expect(answer.bars == first.bars && answer.isStale && !answer.isComplete)
            #expect(answer.missing.map(\.reason) == [.providerFailed(.unavailable)])
        }
    }

    @Test func providerWhoseDataEndEarlierThanItSaysIsNotAskedAllTheTime() async throws {
        var settings = try World.Settings()
        let withheld = try range("2026-01-14T14:00:00Z", "2026-01-15T00:00:00Z")
        settings.wrapping = { ShortProvider(inner: $0, withheld: withheld) }
        try await World.with(.sqliteMemory, settings) { world in
            let asked = try world.range("2026-01-14T10:00:00Z", "2026-01-14T16:00:00Z")
            for _ in 0..<5 {
                let ranged = try await world.bars(asked)
                let recent = try await world.last(3)

                #expect(ranged.missing.map(\.reason) == [.notAvailableYet])
                #expect(ranged.bars.count == 4 && recent.bars.count == 3)
                #expect(recent.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-14T13:00:00Z")))
            }
            #expect(world.provider.purchases.count == 1)
            world.advance(.seconds(300))
            _ = try await world.bars(asked)
            #expect(world.provider.purchases.count == 2)
        }
    }

    @Test func providerThatLeavesOutAMiddlePartIsHeldToFail() async throws {
        var settings = try World.Settings()
        let withheld = try range("2026-01-13T12:00:00Z", "2026-01-13T14:00:00Z")
        settings.wrapping = { ShortProvider(inner: $0, withheld: withheld) }
        try await World.with(.sqliteMemory, settings) { world in
            let asked = try world.range("2026-01-13T10:00:00Z", "2026-01-13T16:00:00Z")
            for _ in 0..<3 {
                let answer = try await world.bars(asked)
                #expect(answer.bars.count == 2 && !answer.isComplete)
                #expect(answer.missing.map(\.reason) == [.providerFailed(.corruptAnswer)])
            }
            #expect(world.provider.purchases.count == 1, "within the backoff it is not asked again")
        }
    }

    @Test func providerThatTellsWhereItsDataEndedIsBelieved() async throws {
        var settings = try World.Settings()
        let withheld = try range("2026-01-13T12:00:00Z", "2026-01-15T00:00:00Z")
        settings.wrapping = { ShortProvider(inner: $0, withheld: withheld, tellsEnd: true) }
        try await World.with(.sqliteMemory, settings) { world in
            for _ in 0..<3 {
                let answer = try await world.bars(try world.range("2026-01-13T10:00:00Z", "2026-01-13T16:00:00Z"))

                #expect(answer.bars.count == 2 && !answer.isComplete && !answer.isStale)
                #expect(answer.missing.map(\.reason) == [.notAvailableYet])
            }
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test func refusalBecauseOfTheEndIsRepeatedUpToThatEnd() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let end = try Timestamp(parsing: "2026-01-14T13:00:00Z")
            world.simulated.failNext(
                1,
                with: ProviderError(.notAvailableYet, "too new", availableEnd: end),
                only: .bars
            )
            let asked = try world.range("2026-01-14T10:00:00Z", "2026-01-14T16:00:00Z")

            let answer = try await world.bars(asked)

            #expect(answer.bars.count == 3)
            #expect(answer.missing.map(\.range) == [try world.range("2026-01-14T13:00:00Z", "2026-01-14T16:00:00Z")])
            #expect(
                world.provider.purchases.map(\.range) == [
                    asked, try world.range("2026-01-14T10:00:00Z", "2026-01-14T13:00:00Z"),
                ]
            )
        }
    }

    @Test func contradictoryRefusalIsAFailure() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let end = try Timestamp(parsing: "2026-01-14T15:00:00Z")
            world.simulated.failNext(
                9,
                with: ProviderError(.notAvailableYet, "too new", availableEnd: end),
                only: .bars
            )
            let asked = try world.range("2026-01-13T10:00:00Z", "2026-01-13T16:00:00Z")

            for _ in 0..<3 { #expect(await code { _ = try await world.bars(asked) } == .providerUnavailable) }
            #expect(world.provider.purchases.count == 1)
        }
    }
}
