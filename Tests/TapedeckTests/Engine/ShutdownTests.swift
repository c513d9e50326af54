import Logging
import MarketData
import Providers
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ShutdownTests {
    @Test func gracefulStopFinishesAndStoresTheFetchUnderWay() async throws {
        try await World.with(.sqliteFile, World.Settings(), runs: false) { world in
            let group = ServiceGroup(
                configuration: .init(services: [.init(service: world.cache)], logger: .silent)
            )
            let range = try range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                async let read = world.bars(range)
                while world.provider.gate.heldCount < 1 { await Task.yield() }
                await group.triggerGracefulShutdown()
                // A symbol that the provider refuses at once shows when the stop has come through.
                while await code(of: { _ = try await world.bars(range, symbol: "UNKNOWN1") }) != .shuttingDown {
                    await Task.yield()
                }
                world.provider.gate.open()

                let answer = try await read
                #expect(answer.isComplete)
                try await tasks.waitForAll()
            }
            try await world.restarted { restarted in
                let stored = try await restarted.bars(range)
                #expect(stored.tier == .database)
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func whatIsWrittenAtTheEndIsToldToTheOthers(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.bus = FleetBus()
        try await World.with(kind, settings, runs: false) { world in
            let group = ServiceGroup(
                configuration: .init(services: [.init(service: world.cache)], logger: .silent)
            )
            let range = try range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            try await world.restarted { other in
                await other.until { other.cache.statistics().fleet.compares > 0 }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await group.run() }
                    // Nobody tells the other's heartbeats here, so it finds itself alone.
                    await world.until { world.cache.statistics().fleet.isAlone }
                    world.faults.fault = .unwritable
                    #expect(try await world.bars(range).isComplete)
                    #expect(world.cache.statistics().writeBehindRecords > 0)
                    world.faults.fault = .none

                    await group.triggerGracefulShutdown()
                    await other.until { other.cache.statistics().fleet.warmed > 0 }
                    try await tasks.waitForAll()
                }
                let answer = try await other.bars(range)
                #expect(answer.isComplete && answer.tier == .memory)
                #expect(other.provider.purchases.isEmpty)
            }
        }
    }

    @Test func cancelledRunEndsItsReaders() async throws {
        try await World.with(.sqliteMemory, World.Settings(), runs: false) { world in
            let range = try range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            let failure = await withTaskGroup(of: TapedeckError.Code?.self) { tasks in
                tasks.addTask { await code { _ = try await world.bars(range) } }
                await withTaskGroup(of: Void.self) { running in
                    running.addTask { try? await world.cache.run() }
                    while world.provider.gate.heldCount < 1 { await Task.yield() }
                    running.cancelAll()
                    world.provider.gate.open()
                }
                return await tasks.next() ?? nil
            }

            #expect(failure == .shuttingDown)
            #expect(world.cache.core.coordinator.counts == (0, 0))
        }
    }
}
