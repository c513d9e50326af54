import Locking
import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

/// Several caches over one database whose messages get lost: once they hear each other again, none holds anything but
/// what the database has.
@Suite(.timeLimit(.minutes(10))) struct LostNoticeTests {
    private static let symbols = ["ES.c.0", "NQ.c.0"]

    @Test(arguments: TestDatabase.sharedKinds, WarmingPolicy.allCases)
    func nothingStaleIsHeldAfterwards(_ kind: TestDatabase.Kind, _ policy: WarmingPolicy) async throws {
        let random = Locked(SeededRandom())
        let seed = random.withLock { "\($0)" }
        for _ in 0..<3 {
            var settings = try World.Settings()
            settings.bus = FleetBus()
            settings.cache.fleet.warming = policy
            settings.cache.barsMax = 400
            settings.cache.changedDaysInterval = .seconds(366 * 86_400)
            settings.provider.market.correctedDaysShare = 1
            settings.provider.market.correctedMinutesShare = 0.02
            settings.provider.market.correctionDelayDays = 1
            try await World.with(kind, settings) { first in
                try await first.restarted { second in
                    try await first.restarted { third in
                        let worlds = [first, second, third]
                        for world in worlds { world.provider.allowSettled() }
                        for _ in 0..<60 { try await self.step(worlds, random) }
                        for world in worlds {
                            world.channel?.setDumb(false)
                            world.channel?.open()
                        }
                        await first.until { worlds.allSatisfy(self.isCaughtUp) }
                        for world in worlds { try await self.check(world, seed) }
                    }
                }
            }
        }
    }

    private func step(_ worlds: [World], _ random: Locked<SeededRandom>) async throws {
        func draw(_ range: Range<Int>) -> Int { random.withLock { Int.random(in: range, using: &$0) } }
        let world = worlds[draw(0..<worlds.count)]
        let symbol = Self.symbols[draw(0..<Self.symbols.count)]
        let day = try time("2026-01-12T00:00:00Z")
        let start = day.advancedSaturating(byNanoseconds: Int64(draw(0..<60)) * 3_600_000_000_000)
        let range = try TimeRange(
            start: start,
            end: start.advancedSaturating(byNanoseconds: Int64(draw(1..<30)) * 3_600_000_000_000)
        )
        switch draw(0..<10) {
        case 0..<4: _ = try await world.bars(range, symbol: symbol)
        case 4: _ = try await world.last(draw(1..<30), symbol: symbol)
        case 5: _ = try await world.cache.refresh(world.request(.range(range), symbol: symbol))
        case 6: world.advance(.seconds(draw(1..<40) * 3_600))
        case 7: world.channel?.deafen()
        case 8: world.channel?.open()
        default: draw(0..<2) == 0 ? world.channel?.close() : world.channel?.setDumb(draw(0..<2) == 0)
        }
    }

    /// Whether everything that was said was heard and dealt with.
    private func isCaughtUp(_ world: World) -> Bool {
        let core = world.cache.core
        return core.sender.isQuiet && world.channel?.isQuiet == true
            && core.receiver.state.withLock { $0.warming.isIdle && !$0.mustCompare }
    }

    /// Compares what memory holds with the database.
    private func check(_ world: World, _ seed: String) async throws {
        let core = world.cache.core
        for held in core.memory.heldVersions {
            let (bars, stretches) = core.memory.held(held.series, in: held.range)
            let stored = try await world.soundStore.bars(held.series, in: held.range, limit: nil)
            let known = RangeSet(stretches.map(\.range))
            #expect(bars == stored.records.filter { known.contains($0.timestamp) }, "\(seed) \(held.series)")
            let final = RangeSet(stretches.filter(\.isFinal).map(\.range))
            #expect(stored.coverage.final.intersection(final) == final, "\(seed) \(held.series)")
        }
    }
}
