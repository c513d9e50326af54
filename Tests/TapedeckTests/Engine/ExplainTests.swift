import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ExplainTests {
    @Test(arguments: TestDatabase.sharedKinds)
    func eachStretchIsExplainedAndNothingIsBought(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.provider.pricePerGB = 100
        try await World.with(kind, settings) { world in
            _ = try await world.bars(try world.range("2026-01-14T00:00:00Z", "2026-01-14T06:00:00Z"))
            try await world.restarted { restarted in
                _ = try await restarted.bars(try world.range("2026-01-14T03:00:00Z", "2026-01-14T06:00:00Z"))
                let range = try world.range("2026-01-14T00:00:00Z", "2026-01-14T20:00:00Z")

                let explanation = try await restarted.cache.explain(restarted.request(.range(range)))

                #expect(
                    explanation.stretches == [
                        .init(
                            range: try world.range("2026-01-14T00:00:00Z", "2026-01-14T03:00:00Z"),
                            source: .database
                        ),
                        .init(range: try world.range("2026-01-14T03:00:00Z", "2026-01-14T06:00:00Z"), source: .memory),
                        .init(
                            range: try world.range("2026-01-14T06:00:00Z", "2026-01-14T16:00:00Z"),
                            source: .provider
                        ),
                        .init(
                            range: try world.range("2026-01-14T16:00:00Z", "2026-01-14T20:00:00Z"),
                            source: .notAvailableYet
                        ),
                    ]
                )
                #expect(explanation.estimate?.recordCount == 10)
                #expect(explanation.estimate?.costUSD.map { $0 > 0 } == true)
                #expect(restarted.provider.purchases.isEmpty)
            }
        }
    }

    @Test func newestBarsAndAggregatedOnesAreExplained() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let cold = try await world.cache.explain(world.request(.last(24)))
            let derived = try await world.cache.explain(world.request(.last(24), .fourHours))
            #expect(world.provider.purchases.isEmpty)
            let answer = try await world.last(24)
            let warm = try await world.cache.explain(world.request(.last(24)))

            #expect(cold.stretches.map(\.source) == [.provider] && cold.range.contains(answer.range))
            #expect(derived.source.timeframe == .oneHour && derived.series.timeframe == .fourHours)
            #expect(warm.range == answer.range)
            #expect(Set(warm.stretches.map(\.source)) == [.memory] && warm.estimate == nil)
        }
    }

    @Test func refreshAndTimeBeforeTheProviderAreExplained() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(range)
            let refresh = try await world.cache.explain(world.request(.range(range), refresh: true))
            let early = try await world.cache.explain(
                world.request(.range(try world.range("2010-06-01T00:00:00Z", "2010-06-07T00:00:00Z")), .oneDay)
            )

            #expect(refresh.stretches.map(\.source) == [.provider])
            #expect(early.stretches.map(\.source) == [.beforeProviderStart, .provider])
        }
    }

    @Test func unknownSymbolAndOutageAreTold() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let unknown = await code {
                _ = try await world.cache.explain(world.request(.range(range), symbol: "UNKNOWN1"))
            }
            world.simulated.failNext(1, with: ProviderError(.unavailable, "down"), only: .availability)
            let outage = try await world.cache.explain(world.request(.range(range)))

            #expect(unknown == .symbolUnknown)
            #expect(outage.stretches == [.init(range: range, source: .unknown)])
        }
    }

    @Test func coverageShowsWhatIsFinalAndWhatExpires() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let before = try await world.cache.coverage(symbol: "ES.c.0", timeframe: .oneHour, provider: nil)
            _ = try await world.bars(try world.range("2026-01-14T00:00:00Z", "2026-01-14T16:00:00Z"))
            let fetched = world.now
            let fresh = try await world.cache.coverage(symbol: "ES.c.0", timeframe: .fourHours, provider: nil)
            world.advance(.seconds(300))
            let expired = try await world.cache.coverage(symbol: "ES.c.0", timeframe: .oneHour, provider: nil)

            #expect(before.version == 0 && before.final.isEmpty && before.provisional.isEmpty)
            #expect(fresh.series.timeframe == .oneHour && fresh.timeframe == .fourHours)
            #expect(fresh.final.ranges == [try world.range("2026-01-14T00:00:00Z", "2026-01-14T15:00:00Z")])
            let forming = try world.range("2026-01-14T15:00:00Z", "2026-01-14T16:00:00Z")
            #expect(fresh.provisional == [.init(range: forming, fetchedAt: fetched, isExpired: false)])
            #expect(expired.provisional == [.init(range: forming, fetchedAt: fetched, isExpired: true)])
        }
    }
}
