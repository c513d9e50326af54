import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct DatabaseUpkeepTests {
    @Test(arguments: TestDatabase.kinds)
    func oldQuotesGoEachDayExceptTheNewest(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            let quotes = QuotesRequest(
                symbol: "ES.c.0",
                range: try world.range("2026-01-14T10:00:00Z", "2026-01-14T11:00:00Z"),
                client: "test",
                requestID: "r"
            )
            _ = try await world.cache.quotes(quotes)
            _ = try await world.cache.quote(LatestRequest(symbol: "NQ.c.0", client: "test", requestID: "r"))
            let before = try await Self.quotes(world)

            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await world.upkeep(share: 0.5).run() }
                // The retention, the sizes and the packing.
                await world.sleepers(besidesIdle: 3)
                let growth = try await world.store.statistics().growth
                #expect(growth != nil, "the size is noted at once")
                world.advance(.seconds(300))
                await world.sleepers(besidesIdle: 3)
                let young = try await Self.quotes(world)
                #expect(young == before, "nothing is a week old")

                world.advance(.seconds(8 * 86_400))
                await world.sleepers(besidesIdle: 3)
                group.cancelAll()
            }

            #expect(before > 50)
            #expect(try await Self.quotes(world) == 2, "one of each symbol stays")
            let statistics = world.cache.statistics()
            #expect(statistics.retentionRuns == 2 && statistics.retentionRowsRemoved == before - 2)
        }
    }

    private static func quotes(_ world: World) async throws -> Int {
        try await world.store.statistics().table("quotes_cache")?.rowCount ?? 0
    }
}
