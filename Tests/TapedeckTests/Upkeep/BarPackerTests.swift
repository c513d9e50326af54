import MarketData
import MarketStore
import TestSupport
import Testing

@testable import SQLDatabase
@testable import Tapedeck

@Suite struct BarPackerTests {
    private static let days = ("2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z")

    /// Time is in the week behind what is bought, so that it is stored in rows.
    private static func settings() throws -> World.Settings { try World.Settings(start: "2026-01-10T12:00:00Z") }

    private static func counts(_ world: World) async throws -> (rows: Int, blocks: Int, leases: Int) {
        try await world.soundStore.database.read { transaction in
            let counts = try ["bars_cache", "bars_packed", "fetch_leases"].map { table in
                try transaction.query("SELECT count(*) FROM \(table)") { Int(try $0.integer(0)) }[0]
            }
            return (counts[0], counts[1], counts[2])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func whatIsOldIsPackedAndAnsweredAsBefore(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, Self.settings()) { world in
            let range = try world.range(Self.days.0, Self.days.1)
            let symbols = ["ES.c.0", "NQ.c.0"]
            var before: [[Bar]] = []
            for symbol in symbols { before.append(try await world.bars(range, .oneMinute, symbol: symbol).bars) }
            let packer = try #require(BarPacker(core: world.cache.core))
            await packer.run()
            #expect(try await Self.counts(world).blocks == 0, "nothing is old enough")

            world.advance(.seconds(3 * 86_400))
            await packer.run()

            let counts = try await Self.counts(world)
            #expect(counts.blocks > 0 && counts.leases == 0)
            let statistics = world.cache.statistics()
            #expect(statistics.packedBlocks == counts.blocks && statistics.packedBytes > 0)
            #expect(statistics.packedBars + counts.rows == before[0].count + before[1].count)
            #expect(statistics.fleet.leases == 0)
            world.advance(.seconds(10 * 86_400))
            await packer.run()
            #expect(try await Self.counts(world).rows == 0)
            let answered = before
            try await world.restarted { world in
                for (symbol, bars) in zip(symbols, answered) {
                    let now = try await world.bars(range, .oneMinute, symbol: symbol).bars
                    #expect(now == bars)
                }
                #expect(world.provider.purchases.isEmpty)
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func seriesThatFailHoldUpNoOther(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, Self.settings()) { world in
            let range = try world.range(Self.days.0, Self.days.1)
            for symbol in ["CL.c.0", "ES.c.0", "NQ.c.0"] { _ = try await world.bars(range, .oneMinute, symbol: symbol) }
            _ = try await world.soundStore.database.write { transaction in
                try transaction.execute("UPDATE series SET coverage = $1 WHERE symbol <> 'NQ.c.0'", [.blob([9])])
            }
            world.advance(.seconds(10 * 86_400))

            await (try #require(BarPacker(core: world.cache.core))).run()

            let symbols = try await world.soundStore.database.read { transaction in
                try transaction.query("SELECT DISTINCT symbol FROM bars_cache ORDER BY symbol") { try $0.text(0) }
            }
            #expect(symbols == ["CL.c.0", "ES.c.0"], "the last in order is packed all the same")
            #expect(try await Self.counts(world).leases == 0)
        }
    }

    @Test func oneThatKeepsRowsAndOneOutsideOfCacheModePackNothing() async throws {
        var settings = try Self.settings()
        settings.packAfter = nil
        try await World.with(.sqliteMemory, settings) { world in
            #expect(BarPacker(core: world.cache.core) == nil)
        }
        for mode in [CacheMode.bypass, .offline] {
            var settings = try Self.settings()
            settings.cache.mode = mode
            try await World.with(.sqliteMemory, settings, runs: false) { world in
                #expect(BarPacker(core: world.cache.core) == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func whileOneWorkerHasTheLeaseTheOthersLeaveItAlone(_ kind: TestDatabase.Kind) async throws {
        try await Fleet.with(kind, Self.settings()) { fleet in
            let (one, other) = (fleet.workers[0], fleet.workers[1])
            _ = try await one.bars(one.range(Self.days.0, Self.days.1), .oneMinute)
            one.advance(.seconds(20 * 86_400))
            let lease = try #require(try await one.cache.core.store.claimTask(BarPacker.task))
            #expect(one.cache.statistics().fleet.leases == 1)
            let packer = try #require(BarPacker(core: other.cache.core))

            await packer.run()
            #expect(try await Self.counts(one).blocks == 0)

            await one.cache.core.store.release([lease])
            await packer.run()
            let counts = try await Self.counts(one)
            #expect(counts.rows == 0 && counts.blocks > 0 && counts.leases == 0)
            #expect(one.cache.statistics().packedBlocks == 0)
            #expect(other.cache.statistics().packedBlocks == counts.blocks)
        }
    }

    @Test func theTaskOfAWorkerThatDiedIsTakenOver() async throws {
        try await Fleet.with(.sqliteFile, Self.settings()) { fleet in
            _ = try await fleet.workers[0].soundStore.claimTask(
                BarPacker.task,
                LeaseClaim(owner: "dead", length: .seconds(10), grantsMax: 1)
            )
            let store = fleet.workers[1].cache.core.store
            #expect(try await store.claimTask(BarPacker.task) == nil)
            fleet.workers[0].advance(.seconds(11))
            #expect(try await store.claimTask(BarPacker.task) != nil)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func itGivesWayWhileTheDatabaseIsAwayAndGoesOnLater(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, Self.settings()) { world in
            _ = try await world.bars(world.range(Self.days.0, Self.days.1), .oneMinute)
            world.advance(.seconds(20 * 86_400))
            let packer = try #require(BarPacker(core: world.cache.core))

            world.faults.fault = .unwritable
            await packer.run()
            let writes = world.faults.writeCount
            await packer.run()
            #expect(world.faults.writeCount <= writes + 1, "the recovery looks, the packer does not")
            #expect(try await Self.counts(world).blocks == 0)

            await world.repair()
            await packer.run()
            #expect(try await Self.counts(world).rows == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func aDamagedBlockInTheWayIsGivenUpAndTheRestIsPacked(_ kind: TestDatabase.Kind) async throws {
        try await World.with(kind, Self.settings()) { world in
            let range = try world.range(Self.days.0, Self.days.1)
            let before = try await world.bars(range, .oneMinute)
            let start = try Timestamp(parsing: "2026-01-06T00:00:00Z")
            _ = try await world.soundStore.database.write { transaction in
                try transaction.execute(
                    """
                    INSERT INTO bars_packed (series_id, range_start, first_at, last_at, bar_count, bars)
                    SELECT id, $1, $1, $1, 1, $2 FROM series WHERE kind = 'bars' AND timeframe = '1m'
                    """,
                    [.integer(start.nanoseconds), .blob([0])]
                )
            }
            world.advance(.seconds(20 * 86_400))
            let packer = try #require(BarPacker(core: world.cache.core))
            await packer.run()

            let statistics = world.cache.statistics()
            #expect(statistics.damagedBlocks == 1 && statistics.packedBlocks == 2)
            world.provider.allowSettled()
            try await world.restarted { world in
                world.provider.allowSettled()
                let after = try await world.bars(range, .oneMinute)
                #expect(after.isComplete && after.bars.values == before.bars.values)
            }
        }
    }

    @Test func aCancelledPackerEndsAndItsLeaseIsGivenBackAtTheEnd() async throws {
        try await Fleet.with(.sqliteFile, Self.settings(), workers: 1) { fleet in
            let world = fleet.workers[0]
            _ = try await world.bars(world.range(Self.days.0, Self.days.1), .oneMinute)
            world.advance(.seconds(20 * 86_400))
            let packer = try #require(BarPacker(core: world.cache.core))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await packer.run() }
                group.cancelAll()
            }
            let (rows, blocks, _) = try await Self.counts(world)
            #expect(rows > 0 || blocks > 0)
            await world.cache.writePending()
            #expect(try await Self.counts(world).leases == 0)
        }
    }
}
