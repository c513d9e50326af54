import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

/// What reads are answered while a provider's circuit breaker is open.
@Suite struct BreakerTests {
    private let outage = ProviderError(.unavailable, "the line is dead")

    private func break_(_ world: World, _ count: Int = 5) async throws {
        for number in 0..<count {
            let symbol = "CL\(["F", "G", "H", "J", "K", "M"][number % 6])6"
            world.simulated.failNext(1, with: self.outage)
            _ = await code { _ = try await world.last(3, symbol: symbol) }
        }
    }

    @Test func openBreakerAnswersAtOnceWithoutAskingAnybody() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let first = try await world.last(5)
            world.advance(.seconds(400))
            try await self.break_(world)
            let report = try #require(world.cache.statistics().breakers.first)
            let (asked, bought) = (world.provider.availabilityCount, world.provider.purchases.count)

            let stale = try await world.last(5)
            do {
                _ = try await world.last(5, symbol: "NQ.c.0")
                Issue.record("the read should have failed")
            } catch let error as TapedeckError {
                #expect(error.code == .providerUnavailable && error.retryAfter == .milliseconds(1_100))
            }

            #expect(report.state == .open && report.failures == 5 && report.since == world.now)
            #expect(report.provider == world.provider.id)
            #expect(stale.bars == first.bars && stale.missing.map(\.reason) == [.providerFailed(.unavailable)])
            #expect(world.provider.availabilityCount == asked && world.provider.purchases.count == bought)
        }
    }

    @Test func oneProbeOutOfManyReadsIsMadeAndItsSuccessClosesTheBreaker() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            try await self.break_(world)
            world.advance(.milliseconds(1_100))
            #expect(world.cache.statistics().breakers.map(\.state) == [.halfOpen])
            world.provider.gate.close()
            let bought = world.provider.purchases.count
            let codes = await withTaskGroup(of: TapedeckError.Code?.self) { group in
                for symbol in ["ES.c.0", "NQ.c.0", "ESH6", "ESM6"] {
                    group.addTask { await code { _ = try await world.last(3, symbol: symbol) } }
                }
                // All but the probe are told at once.
                var codes: [TapedeckError.Code?] = []
                while codes.count < 3, let code = await group.next() { codes.append(code) }
                world.provider.gate.open()
                return await group.reduce(into: codes) { $0.append($1) }
            }

            #expect(codes == [.providerUnavailable, .providerUnavailable, .providerUnavailable, nil])
            #expect(world.provider.purchases.count == bought + 1)
            #expect(world.cache.statistics().breakers.map(\.state) == [.closed])
            #expect(try await world.last(3, symbol: "ESU6").isComplete)
        }
    }

    @Test func refusalsOfRequestsDoNotOpenIt() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            for number in 0..<20 {
                #expect(await code { _ = try await world.last(3, symbol: "UNKNOWN\(number)") } == .symbolUnknown)
            }
            #expect(world.cache.statistics().breakers.map(\.state) == [.closed])
        }
    }

    @Test func failuresOfOurOwnDatabaseDoNotOpenIt() async throws {
        var settings = try World.Settings()
        settings.cache.storeAttemptsMax = 1
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.gate.close()
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            async let failed = code { _ = try await world.bars(range) }
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            await world.store.database.close()
            world.provider.gate.open()

            #expect(await failed == nil, "what was bought is answered, and waits to be written")
            #expect(world.cache.statistics().breakers.map(\.failures) == [0])
        }
    }

    @Test func wrongKeyOpensItForAllSymbols() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            world.simulated.failNext(1, with: ProviderError(.unauthorized, "wrong key"), only: .bars)
            #expect(await code { _ = try await world.last(3) } == .providerRefused)
            #expect(await code { _ = try await world.last(3, symbol: "NQ.c.0") } == .providerRefused)
            #expect(world.provider.purchases.count == 1)
            world.advance(.seconds(30))
            let answer = try await world.last(3, symbol: "NQ.c.0")
            #expect(answer.isComplete)
        }
    }
}
