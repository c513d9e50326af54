import Locking
import MarketData
import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

/// Readers, outages of all kinds and time in a random order: nothing is bought twice, every answer is right, and in the end
/// the database holds all of it.
@Suite struct RandomOutageTests {
    @Test(arguments: TestDatabase.kinds) func nothingIsBoughtTwiceOrLost(_ kind: TestDatabase.Kind) async throws {
        let random = SeededRandom()
        var settings = try World.Settings()
        settings.provider.pieceRecordsMax = 40
        settings.cache.barsMax = 600
        settings.cache.storeAttemptsMax = 2
        try await World.with(kind, settings) { world in
            let numbers = Locked(random)
            world.faults.shuffleAnswers(random)
            for _ in 0..<25 {
                let fault = numbers.withLock { DatabaseFaults.Fault.allCases.randomElement(using: &$0) } ?? .none
                world.faults.fault = fault
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await Self.read(world, numbers, random) }
                    }
                    try await group.waitForAll()
                }
                world.cache.core.store.checkInvariants()
                world.advance(.seconds(numbers.withLock { Int.random(in: 0...2_000, using: &$0) }))
            }
            await world.repair()

            // What every world is checked for behind its test, with the seed.
            #expect(world.provider.offences == [], "\(random)")
            #expect(world.cache.statistics().writeBehindDropped == 0, "\(random)")
            let ledger = try await world.soundStore.ledger(LedgerQuery(limit: 1_000))
            #expect(ledger.count == world.provider.purchases.count, "\(random)")
            #expect(ledger.allSatisfy { $0.state == .done }, "\(random)")
            #expect(Set(ledger.compactMap(\.request.token)).count == ledger.count, "\(random)")
            for summary in try await world.soundStore.seriesList() {
                for stretch in summary.coverage.final.ranges {
                    let stored = try await world.soundStore.bars(summary.series, in: stretch, limit: nil)
                    let truth = try world.truth(stretch, summary.series.timeframe, symbol: summary.series.symbol)
                    #expect(stored.records.values == truth, "\(random)")
                }
            }
            // Every purchase is in the database: what it asked for is known there.
            for request in world.provider.purchases {
                let coverage = try await world.soundStore.coverage(of: request.series).coverage
                #expect(coverage.all.contains(request.range), "\(random)")
            }
        }
    }

    private static func read(_ world: World, _ numbers: Locked<SeededRandom>, _ seed: SeededRandom) async throws {
        let (symbol, timeframe, back, length, count) = numbers.withLock { random in
            (
                Bool.random(using: &random) ? "ES.c.0" : "NQ.c.0",
                Bool.random(using: &random) ? Timeframe.oneHour : .oneMinute,
                Int64.random(in: 0..<100, using: &random), Int64.random(in: 1..<60, using: &random),
                Int.random(in: 0..<3, using: &random)
            )
        }
        // It may come back while the read is refused.
        let wasAway = Self.isAway(world)
        do {
            let answer: BarsAnswer
            if count == 0 {
                answer = try await world.last(Int(length), timeframe, symbol: symbol)
            } else {
                let end = timeframe.floor(world.now).advancedSaturating(byNanoseconds: -back * timeframe.nanoseconds)
                let start = end.advancedSaturating(byNanoseconds: -length * timeframe.nanoseconds)
                answer = try await world.bars(try TimeRange(start: start, end: end), timeframe, symbol: symbol)
            }
            let holes = RangeSet(answer.missing.map(\.range))
            let truth = try world.truth(answer.range, timeframe, symbol: symbol)
            // What is final is what the market says, and none is left out; what was forming when it was bought may be as it
            // was then, or not have begun.
            let answered = answer.bars.map(\.timestamp).filter { !holes.contains($0) }
            let possible = truth.map(\.timestamp).filter { !holes.contains($0) }
            let begun = try world.truth(answer.range, timeframe, symbol: symbol, age: answer.age)
            #expect(answered == possible.filter { Set(answered).contains($0) }, "\(seed)")
            #expect(begun.map(\.timestamp).filter { !holes.contains($0) && !answered.contains($0) } == [], "\(seed)")
            let byTime = Dictionary(uniqueKeysWithValues: truth.map { ($0.timestamp, $0) })
            for bar in answer.bars where bar.isFinal {
                #expect([bar].values == [byTime[bar.timestamp]].compactMap { $0 }, "\(seed)")
            }
        } catch let error as TapedeckError where error.code == .databaseUnavailable {
            #expect(wasAway || Self.isAway(world), "\(seed)")
        }
    }

    private static func isAway(_ world: World) -> Bool {
        world.faults.fault != .none || world.cache.statistics().databaseState.condition != .up
    }
}
