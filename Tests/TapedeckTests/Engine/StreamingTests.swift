import Locking
import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct StreamingTests {
    /// Collects what a stream hands out.
    private func collected(
        _ world: World,
        _ request: BarsRequest
    ) async throws -> (head: BarsStreamHead, pages: [[Bar]]) {
        var head: BarsStreamHead?
        var pages: [[Bar]] = []
        try await world.cache.streamBars(
            request,
            head: { head = $0 },
            page: { pages.append($0) }
        )
        return (try #require(head), pages)
    }

    @Test(arguments: TestDatabase.kinds)
    func rangeFarBeyondTheProvidersDataTakesNoMoreFlightsThanTheData(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.cache.flightPeriodsMax = 24
        settings.provider.market.start = try Timestamp(parsing: "2026-01-12T00:00:00Z")
        try await World.with(kind, settings) { world in
            let range = try world.range("1990-01-01", "2200-01-01")
            let series = try Series(provider: world.provider.id, symbol: "ES.c.0", timeframe: .oneHour)
            let origin = RequestOrigin(client: "test", requestID: "r")

            let reports = try await world.cache.core.wait(for: series, range, mode: .fetch, origin: origin)
            let (_, pages) = try await self.collected(world, world.request(.range(range)))

            // One that learns where the data are, and one for each day of them.
            #expect(reports.count == 4)
            #expect(world.provider.purchases.count == 3)
            #expect(pages.flatMap { $0 }.values == (try world.truth(range)))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func longRangeComesInPagesAndBarelyTouchesMemory(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.cache.barsMax = 400
        settings.cache.pageBarsMax = 250
        settings.cache.flightPeriodsMax = 1_000
        settings.cache.answerBarsMax = 1_000
        settings.provider.pieceRecordsMax = 300
        try await World.with(kind, settings) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            let request = world.request(.range(range), .oneMinute)

            let (head, pages) = try await self.collected(world, request)
            let (again, _) = try await self.collected(world, request)

            #expect(pages.flatMap { $0 } == (try world.truth(range, .oneMinute)))
            #expect(pages.allSatisfy { $0.count <= 250 && !$0.isEmpty })
            #expect(head.isComplete && head.tier == .provider && head.range == range)
            #expect(again.tier == .database)
            #expect(world.provider.purchases.count == 3, "one for each thousand periods")
            #expect(
                world.provider.purchases.map(\.range.start) == world.provider.purchases.map(\.range.start).sorted(by: >)
            )
            #expect(world.cache.statistics().barsHeld <= 400)
        }
    }

    @Test func aggregatedStreamEqualsTheMarket() async throws {
        var settings = try World.Settings()
        settings.cache.pageBarsMax = 100
        try await World.with(.sqliteMemory, settings) { world in
            for (timeframe, last) in [
                (Timeframe.fifteenMinutes, "2026-01-14T00:00:00Z"), (.fourHours, "2026-01-14T16:00:00Z"),
            ] {
                let range = try world.range("2026-01-09T00:00:00Z", last)
                let (head, pages) = try await self.collected(world, world.request(.range(range), timeframe))

                #expect(pages.flatMap { $0 }.values == (try world.truth(range, timeframe)))
                #expect(head.isComplete, "\(head.missing)")
            }
        }
    }

    @Test(arguments: [Timeframe.oneMinute, .fiveMinutes])
    func streamWhoseRangeIsClearedMeanwhileFailsInPlaceOfLeavingBarsOut(_ timeframe: Timeframe) async throws {
        var settings = try World.Settings()
        settings.cache.pageBarsMax = 100
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            let error = await #expect(throws: TapedeckError.self) {
                try await world.cache.streamBars(
                    world.request(.range(range), timeframe),
                    head: { #expect($0.isComplete) },
                    page: { _ in _ = try await world.cache.clear(.all) }
                )
            }
            #expect(error?.message.contains("removed") == true)
        }
    }

    @Test func newestBarsAreStreamedToo() async throws {
        var settings = try World.Settings()
        settings.cache.pageBarsMax = 10
        try await World.with(.sqliteMemory, settings) { world in
            let (head, pages) = try await self.collected(world, world.request(.last(24)))

            #expect(pages.map(\.count) == [10, 10, 4])
            #expect(head.isComplete)
        }
    }

    @Test func missingPartIsSaidBeforeTheFirstBar() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            _ = try await world.bars(try world.range("2026-01-13T00:00:00Z", "2026-01-13T12:00:00Z"))
            world.simulated.failNext(1, with: ProviderError(.unavailable, "down"), only: .bars)
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")

            let (head, pages) = try await self.collected(world, world.request(.range(range)))

            #expect(!head.isComplete && head.missing.map(\.reason) == [.providerFailed(.unavailable)])
            #expect(pages.flatMap { $0 }.count == 12)
        }
    }

    @Test func consumersOwnErrorComesBackAsItIs() async throws {
        struct Enough: Error {}
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            await #expect(throws: Enough.self) {
                try await world.cache.streamBars(
                    world.request(.range(range)),
                    head: { _ in },
                    page: { _ in throw Enough() }
                )
            }
        }
    }

    @Test func unknownSymbolFailsBeforeTheHead() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z")
            let request = world.request(.range(range), symbol: "UNKNOWN1")
            let failure = await code { _ = try await self.collected(world, request) }
            #expect(failure == .symbolUnknown)
        }
    }
}
