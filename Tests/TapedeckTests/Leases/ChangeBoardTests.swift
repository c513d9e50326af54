import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ChangeBoardTests {
    @Test func changeSinceTheMarkIsNotMissed() {
        var watchers = ChangeWatchers<String>()
        let mark = watchers.mark("a")
        let nobody = watchers.signal("a")
        let isLate = watchers.watch(1, "a", since: mark)
        let watching = [(1, "a"), (2, "a"), (3, "b")].map { watchers.watch($0.0, $0.1, since: watchers.mark($0.1)) }
        let woken = watchers.signal("a")
        let again = watchers.signal("a")
        let all = watchers.signalAll()

        #expect(nobody == [] && !isLate && watching == [true, true, true])
        #expect(woken == [1, 2] && again == [] && all == [3])
        #expect(watchers.count == 0)
    }

    @Test func watcherThatLeavesIsNotWoken() {
        var watchers = ChangeWatchers<String>()
        let isWatching = watchers.watch(1, "a", since: watchers.mark("a"))
        let (first, second) = (watchers.leave(1, "a"), watchers.leave(1, "a"))

        #expect(isWatching && first && !second)
        #expect(watchers.mark("a") == 0 && watchers.count == 0)
    }

    @Test func waitEndsWithASignalWithTimeAndWithACancellation() async throws {
        let clock = ManualClock()
        let elapsed = ElapsedClock(clock)
        let board = ChangeBoard(clock: elapsed)
        let key = try FlightKey.latest(LatestKey(provider: .init(parsing: "simulated/ONE"), symbol: "ES.c.0"))
        for signal in 0..<3 {
            await withTaskGroup(of: Void.self) { group in
                let mark = board.mark(key)
                let until = elapsed.now() + 1_000_000_000
                group.addTask { await board.wait(for: key, since: mark, untilTick: until) }
                while board.count < 1 { await Task.yield() }
                await clock.sleepers(atLeast: 1)
                switch signal {
                case 0: board.signal(key)
                case 1: clock.advance(by: .seconds(2))
                default: group.cancelAll()
                }
                await group.waitForAll()
            }
            #expect(board.count == 0 && clock.sleeperCount == 0)
        }
        await board.wait(for: key, since: board.mark(key) &- 1, untilTick: .max)
    }
}
