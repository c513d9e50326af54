import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct RangeReadTests {
    @Test(arguments: TestDatabase.kinds)
    func repeatedReadIsBoughtOnce(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")

            let first = try await world.bars(range)
            let second = try await world.bars(range)
            world.advance(.seconds(30 * 86_400))
            let third = try await world.bars(range)

            #expect(first.tier == .provider && second.tier == .memory && third.tier == .memory)
            #expect(first.bars.values == (try world.truth(range)))
            #expect(second.bars == first.bars && third.bars == first.bars)
            #expect(first.isComplete && first.missing.isEmpty && !first.isStale && first.age == .zero)
            #expect(first.bars.allSatisfy { $0.isFinal && $0.revision == 1 })
            #expect(world.provider.purchases.map(\.range) == [range])
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func restartBuysNothingAgain(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            let first = try await world.bars(range)

            try await world.restarted { restarted in
                let again = try await restarted.bars(range)

                #expect(again.tier == .database)
                #expect(again.bars == first.bars)
                #expect(restarted.provider.purchases.isEmpty)
                #expect(try await restarted.bars(range).tier == .memory)
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func overlappingReadBuysOnlyWhatIsMissing(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            _ = try await world.bars(try world.range("2026-01-12T06:00:00Z", "2026-01-12T12:00:00Z"))
            _ = try await world.bars(try world.range("2026-01-13T06:00:00Z", "2026-01-13T12:00:00Z"))
            let all = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")

            let answer = try await world.bars(all)

            #expect(answer.bars.values == (try world.truth(all)))
            #expect(
                world.provider.purchases.dropFirst(2).map(\.range) == [
                    try world.range("2026-01-12T00:00:00Z", "2026-01-12T06:00:00Z"),
                    try world.range("2026-01-12T12:00:00Z", "2026-01-13T06:00:00Z"),
                    try world.range("2026-01-13T12:00:00Z", "2026-01-14T00:00:00Z"),
                ]
            )
        }
    }

    @Test func rangeIsWidenedToWholePeriods() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let answer = try await world.bars(try world.range("2026-01-13T10:20:00Z", "2026-01-13T11:05:00Z"))

            #expect(answer.range == (try world.range("2026-01-13T10:00:00Z", "2026-01-13T12:00:00Z")))
            #expect(answer.bars.count == 2)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func weekendAndHolidayAreKnownToBeEmpty(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let weekend = try world.range("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z")
            let christmas = try world.range("2025-12-25T00:00:00Z", "2025-12-25T22:00:00Z")
            for _ in 0..<3 {
                for range in [weekend, christmas] {
                    let answer = try await world.bars(range)
                    #expect(answer.bars.isEmpty && answer.isComplete)
                }
            }
            try await world.restarted { restarted in
                _ = try await restarted.bars(weekend)
                #expect(restarted.provider.purchases.isEmpty)
            }
            #expect(world.provider.purchases.count == 2)
        }
    }

    @Test func formingBarIsNeverFrozen() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-14T14:00:00Z", "2026-01-14T16:00:00Z")

            let forming = try await world.bars(range)
            world.advance(.seconds(299))
            let held = try await world.bars(range)
            world.advance(.seconds(1))
            let renewed = try await world.bars(range)
            world.advance(.seconds(3_600))
            let closed = try await world.bars(range)

            #expect(forming.bars.map(\.isFinal) == [true, false])
            #expect(forming.isComplete, "the forming bar's period counts as known")
            #expect(held.bars == forming.bars && held.tier == .memory && held.age == .seconds(299))
            #expect(renewed.tier == .provider && renewed.bars[1].volume > forming.bars[1].volume)
            #expect(renewed.bars[1].revision == 2)
            #expect(closed.bars.map(\.isFinal) == [true, true] && closed.age == .zero)
            #expect(closed.bars.values == (try world.truth(range)))
            #expect(
                world.provider.purchases.dropFirst().allSatisfy {
                    $0.range == (try? world.range("2026-01-14T15:00:00Z", "2026-01-14T16:00:00Z"))
                }
            )
        }
    }

    @Test func whatIsNotAvailableYetIsSaidAndNotBought() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-15T00:00:00Z")

            let first = try await world.bars(range)
            let second = try await world.bars(range)

            for answer in [first, second] {
                #expect(!answer.isComplete)
                #expect(answer.missing.map(\.reason) == [.notAvailableYet])
                #expect(answer.missing[0].range == (try world.range("2026-01-14T16:00:00Z", "2026-01-15T00:00:00Z")))
                #expect(answer.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-14T15:00:00Z")))
            }
            #expect(second.tier == .memory)
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test func futureRangeHasNoBarsAndIsNoError() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-02-14T10:00:00Z", "2026-02-15T00:00:00Z")

            let answer = try await world.bars(range)

            #expect(
                answer.bars.isEmpty
                    && answer.missing == [
                        MissingRange(range: range, reason: .notAvailableYet, detail: answer.missing.first?.detail ?? "")
                    ]
            )
            #expect(world.provider.purchases.isEmpty)
        }
    }

    @Test func whatLiesBeforeTheProvidersStartIsSaid() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2010-06-05T00:00:00Z", "2010-06-08T00:00:00Z")

            let answer = try await world.bars(range, .oneDay)

            #expect(answer.missing.map(\.reason) == [.beforeProviderStart])
            #expect(answer.missing[0].range.end == (try Timestamp(parsing: "2010-06-06T00:00:00Z")))
            #expect(answer.reachesSeriesStart)
        }
    }

    @Test func embargoedDataEndWhereTheProviderSays() async throws {
        var settings = try World.Settings()
        settings.provider.availabilityDelay = .seconds(86_400)
        try await World.with(.sqliteMemory, settings) { world in
            let answer = try await world.last(3)
            world.advance(.seconds(60))
            let again = try await world.last(3)

            #expect(answer.bars.last?.timestamp == (try Timestamp(parsing: "2026-01-13T15:00:00Z")))
            #expect(answer.isComplete && again.tier == .memory)
        }
    }

    @Test func requestsThatAreNotAllowedAreRefusedAndBuyNothing() async throws {
        var settings = try World.Settings()
        settings.cache.answerBarsMax = 100
        try await World.with(.sqliteMemory, settings) { world in
            let long = try world.range("2026-01-01T00:00:00Z", "2026-01-06T00:00:00Z")
            var errors: [TapedeckError] = []
            let requests = [
                world.request(.range(long)),
                world.request(.last(0)),
                world.request(.last(101)),
                world.request(.last(1), symbol: ""),
                world.request(.last(1), symbol: "\u{7}"),
                world.request(.last(1), provider: try ProviderID(parsing: "elsewhere")),
                world.request(.last(1), provider: try ProviderID(parsing: "simulated/NOWHERE")),
                world.request(.range(try TimeRange(start: Timestamp(nanoseconds: 0), end: world.now))),
            ]
            for request in requests {
                do {
                    _ = try await world.cache.bars(request)
                } catch let error as TapedeckError {
                    errors.append(error)
                }
            }

            #expect(errors.map(\.code) == Array(repeating: .invalidRequest, count: requests.count))
            #expect(
                errors.map(\.parameter) == [
                    "start", "last", "last", "symbol", "symbol", "provider", "provider", "start",
                ]
            )
            #expect(world.provider.purchases.isEmpty)
        }
    }

    /// What is fresh is bought anew with what has come behind it, not with what has yet to come.
    @Test(arguments: TestDatabase.sharedKinds)
    func rangeThatGoesOnIntoTheFutureDoesNotBuyAgainWhatIsFresh(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let range = try world.range("2026-01-14T10:00:00Z", "2026-01-14T18:00:00Z")
            let first = try await world.bars(range)
            world.advance(.seconds(100))

            try await world.restarted { other in
                let explanation = try await other.cache.explain(other.request(.range(range)))
                let answer = try await other.bars(range)

                #expect(explanation.stretches.map(\.source) == [.database, .notAvailableYet])
                #expect(answer.bars == first.bars && answer.age == .seconds(100))
                #expect(other.provider.purchases.isEmpty)
            }
        }
    }
}
