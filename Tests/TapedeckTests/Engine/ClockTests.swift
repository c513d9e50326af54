import MarketData
import TestSupport
import Testing

@testable import Tapedeck

/// What is fetched is dated by the database's clock, which may be set back.
@Suite struct ClockTests {
    @Test(arguments: TestDatabase.kinds)
    func formingBarDoesNotFreezeWhenTheDatabasesClockIsSetBack(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            _ = try await world.last(3)
            world.setDatabaseClockBack(.seconds(7_200))
            world.advance(.seconds(301))
            let renewed = try await world.last(3)
            let range = try world.range("2026-01-14T13:00:00Z", "2026-01-14T16:00:00Z")

            #expect(renewed.tier == .provider)
            #expect(renewed.bars.values == (try world.truth(range)))
            #expect(try await world.last(3).tier == .memory, "what was fetched by the new clock lives as long as ever")
            world.advance(.seconds(301))
            #expect(try await world.last(3).bars.values == (try world.truth(range)))
        }
    }

    @Test func newestQuoteDoesNotFreezeWhenTheDatabasesClockIsSetBack() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let request = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")
            _ = try await world.cache.quote(request)
            world.setDatabaseClockBack(.seconds(7_200))
            world.advance(.seconds(301))

            #expect(try await world.cache.quote(request).tier == .provider)
            #expect(try await world.cache.quote(request).tier == .memory)
        }
    }

    @Test func smallStepBackDoesNotMakeWhatIsHeldExpire() async throws {
        try await World.with(.sqliteFile, World.Settings()) { world in
            _ = try await world.last(3)
            world.setDatabaseClockBack(.seconds(2))
            try await world.restarted { restarted in
                let answer = try await restarted.last(3)
                #expect(answer.tier == .database)
            }
        }
    }
}
