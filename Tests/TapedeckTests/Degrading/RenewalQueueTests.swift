import TestSupport
import Testing

@testable import Tapedeck

@Suite struct RenewalQueueTests {
    @Test func randomSchedulesNeverPassTheLimitsNorRepeatAKey() {
        var random = SeededRandom()
        for _ in 0..<100 {
            let limit = Int.random(in: 1...6, using: &random)
            var queue = RenewalQueue<Int>(renewalsMax: limit)
            var running: Set<Int> = []
            for _ in 0..<200 {
                let key = Int.random(in: 0..<10, using: &random)
                if Bool.random(using: &random) {
                    let admission = queue.admit(key)
                    #expect((admission == .pending) == running.contains(key), "\(random)")
                    #expect((admission == .begin) == (running.count < limit && !running.contains(key)), "\(random)")
                    if admission == .begin { running.insert(key) }
                } else {
                    queue.finish(key)
                    running.remove(key)
                }
                #expect(queue.count == running.count && queue.count <= limit, "\(random)")
            }
        }
    }
}
