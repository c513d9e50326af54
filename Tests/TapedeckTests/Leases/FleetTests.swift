import Locking
import MarketData
import MarketStore
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FleetTests {
    private static let hours = ("2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z")

    /// Failures after which the provider is left alone for long.
    private static func longWaits() throws -> World.Settings {
        var settings = try World.Settings()
        settings.cache.fetchBackoff = .seconds(1_000) ... .seconds(8_000)
        settings.cache.breaker.failuresMax = 100
        return settings
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func herdOverAllWorkersCausesOnePurchase(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings()) { fleet in
            let range = try fleet.workers[0].range(Self.hours.0, Self.hours.1)
            let answers = try await withThrowingTaskGroup(of: BarsAnswer.self) { group in
                for number in 0..<30 { group.addTask { try await fleet.workers[number % 3].bars(range) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            let truth = try fleet.workers[0].truth(range)
            #expect(answers.allSatisfy { $0.isComplete && $0.bars.values == truth })
            #expect(fleet.log.purchases.count == 1)
            #expect(try await fleet.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func overlappingReadsOverAllWorkersBuyEachInstantOnce(_ kind: TestDatabase.Kind) async throws {
        let seed = SeededRandom()
        try await Fleet.with(kind, World.Settings()) { fleet in
            let random = Locked(seed)
            let origin = try Timestamp(parsing: "2025-12-01T00:00:00Z")
            let hour = Timeframe.oneHour.nanoseconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    let world = fleet.workers[number % fleet.workers.count]
                    group.addTask {
                        for _ in 0..<6 {
                            let (start, length) = random.withLock {
                                (Int64.random(in: 0..<300, using: &$0), Int64.random(in: 1..<150, using: &$0))
                            }
                            let range = try TimeRange(
                                start: origin.advanced(byNanoseconds: start * hour),
                                end: origin.advanced(byNanoseconds: (start + length) * hour)
                            )
                            let answer = try await world.bars(range)
                            #expect(answer.isComplete, "\(seed)")
                            #expect(answer.bars.values == (try world.truth(range)), "\(seed)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let bought = fleet.log.purchases.map(\.range)
            let sum = bought.reduce(0) { $0 + $1.nanoseconds }
            let union = RangeSet(bought).ranges.reduce(0) { $0 + $1.nanoseconds }
            #expect(sum == union, "each nanosecond is bought once; \(seed)")
            #expect(try await fleet.leaseCount() == 0, "\(seed)")
        }
    }

    /// The first worker asks, is then cut off from the database until the second has taken over, and comes back.
    @Test(arguments: TestDatabase.sharedKinds)
    func pausedWorkerIsTakenOverAndNeitherStoresNorAsksAgain(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 2) { fleet in
            let (paused, other) = (fleet.workers[0], fleet.workers[1])
            let range = try paused.range(Self.hours.0, Self.hours.1)
            paused.provider.gate.close()
            async let late = paused.bars(range)
            while paused.provider.gate.heldCount < 1 { await Task.yield() }
            #expect(paused.cache.statistics().fleet.leases == 1)
            paused.faults.fault = .unreachable
            async let answering = other.bars(range)
            while other.cache.statistics().fleet.waiting == 0 { await Task.yield() }
            paused.advance(.seconds(10))

            let answer = try await answering
            paused.faults.fault = .none
            let held = try await other.soundStore.coverage(of: other.series).version
            paused.provider.gate.open()
            let lateAnswer = try await late

            #expect(answer.isComplete && answer.tier == .provider)
            #expect(lateAnswer.isComplete && lateAnswer.bars == answer.bars)
            #expect(fleet.log.purchases.count == 2, "what it had asked for before, and its successor's")
            #expect(try await other.soundStore.coverage(of: other.series).version == held, "it stored nothing")
            #expect(fleet.workers.map { $0.cache.statistics().fleet.waiting } == [0, 0])
            #expect(try await fleet.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func workerThatDoesNotTrustItsLeaseDoesNotAsk(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 1) { fleet in
            let core = fleet.workers[0].cache.core
            let range = try fleet.workers[0].range(Self.hours.0, Self.hours.1)
            let answer = try await core.store.claim(fleet.workers[0].series, grantsMax: 1) { _, _ in RangeSet(range) }
            let lease = try #require(answer?.granted.first)
            #expect(try await core.asking(under: lease) { true })
            fleet.workers[0].faults.fault = .unreachable
            fleet.workers[0].advance(.seconds(9))

            let error = await #expect(throws: ProviderError.self) { try await core.asking(under: lease) {} }

            #expect(error?.code == .leaseLost)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func failingProviderIsAskedByOneWorkerAndWithGrowingWaits(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, try Self.longWaits()) { fleet in
            fleet.log.error = ProviderError(.unavailable, "the test says so")
            let range = try fleet.workers[0].range(Self.hours.0, Self.hours.1)
            let codes = await withTaskGroup(of: TapedeckError.Code?.self) { group in
                for number in 0..<12 {
                    group.addTask { await code { _ = try await fleet.workers[number % 3].bars(range) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.allSatisfy { $0 == .providerUnavailable })
            #expect(fleet.log.purchases.count == 1)

            fleet.workers[0].advance(.seconds(1_000))
            #expect(await code { _ = try await fleet.workers[1].bars(range) } == .providerUnavailable)
            #expect(fleet.log.purchases.count == 2)
        }
    }

    /// The waits are not begun anew by each worker that tries.
    @Test(arguments: TestDatabase.sharedKinds)
    func nextWorkerToTryInheritsHowOftenItFailed(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, try Self.longWaits()) { fleet in
            fleet.log.error = ProviderError(.unavailable, "the test says so")
            let range = try fleet.workers[0].range(Self.hours.0, Self.hours.1)
            for (number, world) in fleet.workers.enumerated() {
                let outcome = await code { _ = try await world.bars(range) }
                #expect(outcome == .providerUnavailable)
                #expect(fleet.log.purchases.count == number + 1)
                // The longest that it can be after so many failures.
                world.advance(.seconds(1_000 << number))
            }
            let attempts = try await fleet.workers[0].soundStore.database.read { transaction in
                try transaction.query("SELECT attempts FROM fetch_leases") { try $0.integer(0) }
            }
            #expect(attempts == [3])
        }
    }

    /// It bought while it could not store, and was taken over meanwhile.
    @Test(arguments: TestDatabase.sharedKinds)
    func whatWaitsToBeWrittenIsRefusedBehindATakeover(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 2) { fleet in
            let (cutOff, other) = (fleet.workers[0], fleet.workers[1])
            let range = try cutOff.range(Self.hours.0, Self.hours.1)
            cutOff.provider.gate.close()
            async let bought = cutOff.bars(range)
            while cutOff.provider.gate.heldCount < 1 { await Task.yield() }
            cutOff.faults.fault = .unreachable
            cutOff.provider.gate.open()
            #expect(try await bought.isComplete, "who asked gets what was bought")
            #expect(cutOff.cache.statistics().writeBehindRecords > 0)
            cutOff.advance(.seconds(10))

            let answer = try await other.bars(range)
            let held = try await other.soundStore.coverage(of: other.series).version
            await cutOff.repair()

            #expect(answer.isComplete && answer.tier == .provider)
            #expect(cutOff.cache.statistics().writeBehindRecords == 0)
            #expect(cutOff.cache.statistics().writeBehindDropped == 0, "its successor has stored it")
            #expect(cutOff.cache.statistics().fleet.refusals == 1, "counted as paid for twice")
            #expect(try await other.soundStore.coverage(of: other.series).version == held, "it stored nothing")
            #expect(try await cutOff.bars(range).bars == answer.bars)
        }
    }

    /// Past the cache each buys for itself, and offline nobody buys: others' leases are nothing to wait for.
    @Test(arguments: TestDatabase.sharedKinds, [CacheMode.bypass, .offline])
    func noLeasesPastTheCacheAndOffline(_ kind: TestDatabase.Kind, _ mode: CacheMode) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 1) { fleet in
            let holder = fleet.workers[0]
            let range = try holder.range(Self.hours.0, Self.hours.1)
            _ = try await holder.cache.core.store.claim(holder.series, grantsMax: 1) { _, _ in RangeSet(range) }
            var settings = holder.settings
            settings.cache.mode = mode
            try await holder.restarted(settings) { world in
                let answer = try? await world.bars(range)
                let leases = try await fleet.leaseCount()

                #expect((answer?.isComplete ?? false) == (mode == .bypass))
                #expect(world.provider.purchases.count == (mode == .bypass ? 1 : 0))
                #expect(leases == 1, "the holder's")
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func newestPricesAreBoughtOnce(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings()) { fleet in
            for world in fleet.workers { world.provider.gate.close() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for world in fleet.workers {
                    group.addTask {
                        let request = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")
                        let answer = try await world.cache.price(request)
                        #expect(answer.price != nil)
                    }
                }
                while fleet.workers.allSatisfy({ $0.provider.gate.heldCount == 0 }) { await Task.yield() }
                for world in fleet.workers { world.provider.gate.open() }
                try await group.waitForAll()
            }
            #expect(fleet.log.latestCount == 1)
            #expect(try await fleet.leaseCount() == 0)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func whatAWorkerHoldsIsGivenBackWhenItStops(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 2) { fleet in
            let world = fleet.workers[0]
            let range = try world.range(Self.hours.0, Self.hours.1)
            _ = try await world.cache.core.store.claim(world.series, grantsMax: 1) { _, _ in RangeSet(range) }
            #expect(try await fleet.leaseCount() == 1)

            await world.cache.writePending()

            #expect(try await fleet.leaseCount() == 0)
            #expect(try await fleet.workers[1].bars(range).isComplete)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func waitForOtherWorkersHasAnEnd(_ kind: TestDatabase.Kind) async throws {
        var settings = try World.Settings()
        settings.cache.claimWaitMax = .seconds(1)
        let waits = settings
        try await Fleet.with(kind, waits, workers: 2) { fleet in
            let holder = fleet.workers[0]
            let range = try holder.range(Self.hours.0, Self.hours.1)
            _ = try await holder.cache.core.store.claim(holder.series, grantsMax: 1) { _, _ in RangeSet(range) }

            #expect(await code { _ = try await fleet.workers[1].bars(range) } == .timedOut)
            #expect(fleet.log.purchases.isEmpty)
        }
    }

    @Test func roundsThatBuyNothingAreSlowedAndHaveAnEnd() async throws {
        var settings = try World.Settings()
        settings.cache.claimWaitMax = .seconds(1)
        settings.cache.claimPollInterval = .milliseconds(250)
        let waits = settings
        try await Fleet.with(.sqliteFile, waits, workers: 1) { fleet in
            let core = fleet.workers[0].cache.core
            let series = fleet.workers[0].series
            let rounds = Locked(0)

            let outcome = await code {
                try await core.repeatRounds(of: .records(series)) {
                    rounds.withLock { $0 += 1 }
                    return .again(after: .zero, hasBought: false)
                }
            }

            #expect(outcome == .timedOut)
            #expect((2...9).contains(rounds.withLock { $0 }), "four at once, then one in 250 ms")
        }
    }

    @Test func roundsThatBuyGoOn() async throws {
        var settings = try World.Settings()
        settings.cache.claimWaitMax = .seconds(1)
        let waits = settings
        try await Fleet.with(.sqliteFile, waits, workers: 1) { fleet in
            let world = fleet.workers[0]
            let rounds = Locked(0)

            try await world.cache.core.repeatRounds(of: .records(world.series)) {
                world.advance(.milliseconds(900))
                let count = rounds.withLock { count in
                    count += 1
                    return count
                }
                return count < 20 ? .again(after: .zero, hasBought: true) : .done
            }

            #expect(rounds.withLock { $0 } == 20)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func answerLostBehindTheLastPieceIsNoLostLease(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, World.Settings(), workers: 1) { fleet in
            let world = fleet.workers[0]
            let range = try world.range(Self.hours.0, Self.hours.1)
            world.provider.gate.close()
            async let read = world.bars(range)
            while world.provider.gate.heldCount < 1 { await Task.yield() }
            world.faults.loseNextAnswer()
            world.provider.gate.open()

            #expect(try await read.isComplete)
            #expect(fleet.log.purchases.count == 1)
            #expect(try await world.soundStore.ledger(LedgerQuery()).map(\.state) == [.done])
        }
    }
}

extension World {
    fileprivate var series: Series {
        guard let series = try? Series(provider: self.provider.id, symbol: "ES.c.0", timeframe: .oneHour) else {
            preconditionFailure("'ES.c.0' is a symbol.")
        }
        return series
    }
}
