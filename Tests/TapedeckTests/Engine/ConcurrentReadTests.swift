import Locking
import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ConcurrentReadTests {
    @Test func herdOfReadersCausesOnePurchase() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for _ in 0..<100 { group.addTask { try await world.bars(range) } }
                while world.cache.statistics().waiters < 100 { await Task.yield() }
                world.provider.gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.allSatisfy { $0.bars == answers[0].bars && $0.tier == .provider && $0.isComplete })
            #expect(world.provider.purchases.count == 1)
            #expect(world.cache.statistics().joins == 99)
        }
    }

    @Test func herdOfColdNewestReadersCausesOnePurchase() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for count in 1...60 { group.addTask { try await world.last(10 + count % 3) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.allSatisfy { $0.isComplete })
            #expect(world.provider.availabilityCount <= 2)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func overlappingReadersBuyEachInstantOnce(_ kind: TestDatabase.Kind) async throws {
        let seed = SeededRandom()
        try await World.with(kind, World.Settings()) { world in
            let random = Locked(seed)
            let origin = try Timestamp(parsing: "2025-12-01T00:00:00Z")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<12 {
                            let (start, length, symbol) = random.withLock {
                                (
                                    Int64.random(in: 0..<600, using: &$0), Int64.random(in: 1..<200, using: &$0),
                                    Bool.random(using: &$0) ? "ES.c.0" : "NQ.c.0"
                                )
                            }
                            let hour = Timeframe.oneHour.nanoseconds
                            let range = try TimeRange(
                                start: origin.advanced(byNanoseconds: start * hour),
                                end: origin.advanced(byNanoseconds: (start + length) * hour)
                            )
                            let answer = try await world.bars(range, symbol: symbol)
                            #expect(answer.isComplete, "\(seed)")
                            #expect(answer.bars.values == (try world.truth(range, symbol: symbol)), "\(seed)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            for symbol in ["ES.c.0", "NQ.c.0"] {
                let bought = world.provider.purchases.filter { $0.series.symbol == symbol }.map(\.range)
                let sum = bought.reduce(0) { $0 + $1.nanoseconds }
                let union = RangeSet(bought).ranges.reduce(0) { $0 + $1.nanoseconds }
                #expect(sum == union, "each nanosecond is bought once; \(seed)")
            }
        }
    }

    @Test func readerThatGivesUpDoesNotStopTheFetch() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            async let patient = world.bars(range)
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            let failure = await withTaskGroup(of: TapedeckError.Code?.self) { group in
                group.addTask { await code { _ = try await world.bars(range) } }
                while world.cache.statistics().waiters < 2 { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? nil
            }
            world.provider.gate.open()
            let answer = try await patient

            #expect(failure == .cancelled)
            #expect(answer.isComplete)
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test func whatIsPaidForIsStoredThoughNobodyWaitsAnyMore() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await world.bars(range) }
                while world.provider.gate.heldCount < 1 { await Task.yield() }
                group.cancelAll()
            }
            world.provider.gate.open()
            while world.cache.statistics().flights > 0 { await Task.yield() }

            let answer = try await world.bars(range)

            #expect(answer.tier == .memory && answer.isComplete)
            #expect(world.provider.purchases.count == 1)
        }
    }

    @Test func oneFetchTooManyIsRefused() async throws {
        var settings = try World.Settings()
        settings.cache.flightsMax = 1
        try await World.with(.sqliteMemory, settings) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            world.provider.gate.close()
            async let first = world.bars(range)
            while world.provider.gate.heldCount < 1 { await Task.yield() }

            let refused = await code { _ = try await world.bars(range, symbol: "NQ.c.0") }
            world.provider.gate.open()

            #expect(refused == .overloaded)
            #expect(try await first.isComplete)
        }
    }

    @Test func correctionsAndPollsBesideBackfillsKeepMemorySound() async throws {
        var settings = try World.Settings()
        settings.cache.barsMax = 500
        let seed = SeededRandom()
        try await World.with(.sqliteMemory, settings) { world in
            world.provider.allowSettled()
            let random = Locked(seed)
            let origin = try Timestamp(parsing: "2026-01-05T00:00:00Z")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in 0..<6 {
                    group.addTask {
                        for _ in 0..<25 {
                            let (start, length, refresh) = random.withLock {
                                (
                                    Int64.random(in: 0..<9_000, using: &$0), Int64.random(in: 1..<1_500, using: &$0),
                                    Int.random(in: 0..<6, using: &$0) == 0
                                )
                            }
                            if reader == 0 {
                                let recent = try await world.last(24, .oneMinute)
                                #expect(recent.bars.count == 24, "\(seed)")
                            }
                            let minute = Timeframe.oneMinute.nanoseconds
                            let range = try TimeRange(
                                start: origin.advanced(byNanoseconds: start * minute),
                                end: origin.advanced(byNanoseconds: (start + length) * minute)
                            )
                            let answer = try await world.cache.bars(
                                world.request(.range(range), .oneMinute, refresh: refresh)
                            )
                            #expect(answer.bars.values == (try world.truth(range, .oneMinute)), "\(seed)")
                            world.cache.core.memory.checkInvariants()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(world.cache.statistics().barsHeld <= 500)
        }
    }

    @Test func readAfterTheStopIsRefusedUnlessMemoryHasIt() async throws {
        try await World.with(.sqliteMemory, World.Settings()) { world in
            let range = try world.range("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")
            _ = try await world.bars(range)
            world.cache.core.coordinator.stop()

            #expect(try await world.bars(range).tier == .memory)
            #expect(await code { _ = try await world.bars(range, symbol: "NQ.c.0") } == .shuttingDown)
        }
    }
}
