import Locking
import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct DatabaseClockTests {
    @Test(arguments: TestDatabase.kinds)
    func itTellsTheDatabasesTimeWhateverTheMachineSays(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let elapsed = ManualClock()
            let (ahead, database) = (try time("2026-01-14T16:30:00Z"), Locked(try time("2026-01-14T15:30:00Z")))
            let store = MarketStore(database: test.database, clock: { database.withLock { $0 } }, logger: .silent)
            let clock = DatabaseClock(clock: elapsed, machine: { ahead })
            #expect(clock.now() == ahead, "nothing better is known yet")

            try await clock.read(store)
            #expect(clock.now() == (try time("2026-01-14T15:30:00Z")))
            elapsed.advance(by: .seconds(90))
            #expect(clock.now() == (try time("2026-01-14T15:31:30Z")))

            await test.database.close()
            await #expect(throws: SQLError.self) { try await clock.read(store) }
            #expect(clock.now() == (try time("2026-01-14T15:31:30Z")))
        }
    }

    /// On a busy machine: what the answer says is seconds old, and nobody knows how many.
    @Test(arguments: TestDatabase.kinds)
    func readingThatTakesLongChangesNothingUnlessItIsTheFirst(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let elapsed = ManualClock()
            let begun = try time("2026-01-14T15:30:00Z")
            let delay = Locked(Duration.seconds(4))
            let store = MarketStore(
                database: test.database,
                clock: {
                    elapsed.advance(by: delay.withLock { $0 })
                    return begun
                },
                logger: .silent
            )
            let clock = DatabaseClock(clock: elapsed, machine: { begun })

            try await clock.read(store)
            #expect(
                clock.now() == begun.advancedSaturating(byNanoseconds: 2_000_000_000),
                "half of it has passed since"
            )
            try await clock.read(store)
            #expect(clock.now() == begun.advancedSaturating(byNanoseconds: 6_000_000_000))
            delay.withLock { $0 = .seconds(1) }
            try await clock.read(store)
            #expect(clock.now() == begun.advancedSaturating(byNanoseconds: 500_000_000))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func itIsReadAgainEachMinute(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let elapsed = ManualClock()
            let begun = try time("2026-01-14T15:30:00Z")
            let database = Locked(begun)
            let store = MarketStore(database: test.database, clock: { database.withLock { $0 } }, logger: .silent)
            let clock = DatabaseClock(clock: elapsed, machine: { begun })
            try await clock.read(store)

            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await DatabaseClockReader(clock, from: store, logger: .silent).run() }
                await elapsed.sleepers(atLeast: 1)
                // Another server has taken over, whose clock is behind.
                let behind = try time("2026-01-14T15:20:00Z")
                database.withLock { $0 = behind }
                elapsed.advance(by: .seconds(60))
                await elapsed.sleepers(atLeast: 1)
                #expect(clock.now() == behind)
                group.cancelAll()
            }
        }
    }
}
