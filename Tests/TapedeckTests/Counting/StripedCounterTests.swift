import Testing

@testable import Tapedeck

@Suite struct StripedCounterTests {
    @Test func whatManyThreadsAddIsAllInTheSum() async {
        let counters = ReadCounters()

        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counters.noteHeld(barCount: 24)
                        await Task.yield()
                    }
                }
            }
        }

        var statistics = CacheStatistics()
        counters.write(into: &statistics)
        #expect(statistics.memoryHits == 8_000 && statistics.recordsSaved == 192_000)
    }
}
