import Locking
import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

/// What waited is written together, however much is bought meanwhile.
@Suite struct DatabaseCatchUpTests {
    /// The tenth of an hour that is `number` such before noon.
    private func stretch(_ number: Int) throws -> TimeRange {
        let length = 6 * Timeframe.oneMinute.nanoseconds
        let end = try time("2026-01-14T12:00:00Z").advancedSaturating(byNanoseconds: -Int64(number) * length)
        return try TimeRange(start: end.advancedSaturating(byNanoseconds: -length), end: end)
    }

    private func expectEverythingIsStored(_ world: World) async throws {
        let ledger = try await world.soundStore.ledger(LedgerQuery(limit: 5_000))
        #expect(ledger.count == world.provider.purchases.count && ledger.allSatisfy { $0.state == .done })
        for request in world.provider.purchases {
            let coverage = try await world.soundStore.coverage(of: request.series).coverage
            #expect(coverage.all.contains(request.range))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func databaseIsUpAgainAlthoughPurchasesGoOn(_ kind: TestDatabase.Kind) async throws {
        let purchasesMax = 100
        var settings = try World.Settings()
        settings.cache.writeBehindBatchWritesMax = 16
        try await World.with(kind, settings) { world in
            world.faults.fault = .unwritable
            for number in 0..<60 { _ = try await world.bars(try self.stretch(number), .oneMinute) }
            world.faults.fault = .none
            let writes = world.faults.writeCount
            while world.faults.writeCount == writes {
                world.advanceIfSlept()
                await Task.yield()
            }

            // Each buys as fast as it can, of series of which nothing waits.
            let counts = try await world.passingTime {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for buyer in 0..<4 {
                        group.addTask {
                            var count = 0
                            while world.cache.statistics().databaseState.condition != .up, count < purchasesMax {
                                let number = 60 + buyer * purchasesMax + count
                                let symbol = buyer % 2 == 0 ? "CL.c.0" : "NQ.c.0"
                                _ = try await world.bars(try self.stretch(number), .oneMinute, symbol: symbol)
                                count += 1
                            }
                            return count
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }

            #expect(counts.allSatisfy { $0 < purchasesMax }, "it was up before they stopped: \(counts)")
            await world.repair()
            try await self.expectEverythingIsStored(world)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func fewTransactionsWriteWhatWaited(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            world.faults.fault = .unwritable
            for number in 0..<60 { _ = try await world.bars(try self.stretch(number), .oneMinute) }
            let writes = world.faults.writeCount

            await world.repair()

            // Of 120: 1, 2, 4, 8, 16, 32, 57 and the last probe, and attempts before the fault was taken away.
            #expect(world.faults.writeCount - writes <= 12)
            try await self.expectEverythingIsStored(world)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func oneRefusedWriteTakesNoneOfTheOthersWithIt(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            world.faults.fault = .unwritable
            for number in 0..<10 { _ = try await world.bars(try self.stretch(number), .oneMinute) }
            let range = try self.stretch(0)
            let refused = StoredPiece(
                series: try world.series("CL.c.0", .oneMinute),
                records: [Bar(timestamp: range.start, open: .nan, high: 1, low: 1, close: 1, volume: 1)],
                range: range,
                settledEnd: range.end
            )
            let isTaken = world.cache.core.store.state.withLock {
                $0.queue.append(.bars(refused), of: nil, periods: 1, tick: 0)
            }
            #expect(isTaken)
            for number in 10..<20 { _ = try await world.bars(try self.stretch(number), .oneMinute) }

            await world.repair()

            #expect(world.cache.statistics().writeBehindDropped == 1)
            try await self.expectEverythingIsStored(world)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whatWasCommittedTogetherWithoutAnAnswerIsNotWrittenTwice(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, World.Settings()) { world in
            world.faults.fault = .unwritable
            for number in 0..<20 { _ = try await world.bars(try self.stretch(number), .oneMinute) }
            world.faults.fault = .none
            // The first ones are written; then a transaction of several is committed and its answer lost.
            let writes = world.faults.writeCount
            while world.faults.writeCount < writes + 3 {
                world.advanceIfSlept()
                await Task.yield()
            }
            world.faults.fault = .losesAnswers
            _ = try await world.bars(try self.stretch(20), .oneMinute)
            await world.repair()

            try await self.expectEverythingIsStored(world)
            let series = try world.series("ES.c.0", .oneMinute)
            let whole = try TimeRange(start: try self.stretch(20).start, end: try self.stretch(0).end)
            let stored = try await world.soundStore.bars(series, in: whole, limit: nil)
            let truth = try world.truth(whole, .oneMinute)
            #expect(stored.records.values == truth && stored.records.allSatisfy { $0.revision == 1 })
            let records = try await world.soundStore.ledger(LedgerQuery(limit: 100)).map(\.figures.recordCount)
            #expect(records.reduce(0, +) == stored.records.count)
        }
    }
}
