import TestSupport
import Testing

@testable import Tapedeck

@Suite struct LinkedQueueTests {
    @Test func keysComeOutInTheOrderInWhichTheyCame() {
        var queue = LinkedQueue<String>()
        for key in ["a", "b", "c"] { queue.append(key) }

        let removed = [queue.remove("b"), queue.remove("b")]
        let popped = [queue.popOldest(), queue.popOldest(), queue.popOldest()]

        #expect(removed == [true, false])
        #expect(popped == ["a", "c", nil])
    }

    @Test func randomCallsAgreeWithAnArray() {
        var random = SeededRandom()
        var queue = LinkedQueue<Int>()
        var model: [Int] = []
        for _ in 0..<5_000 {
            let key = Int.random(in: 0..<20, using: &random)
            if Bool.random(using: &random) {
                let removed = queue.remove(key)
                #expect(removed == model.contains(key), "\(random)")
                model.removeAll { $0 == key }
            } else if !queue.contains(key) {
                queue.append(key)
                model.append(key)
            } else {
                let popped = queue.popOldest()
                #expect(popped == model.removeFirst(), "\(random)")
            }
            #expect(queue.keys == model, "\(random)")
            #expect(queue.oldest == model.first && queue.newest == model.last, "\(random)")
            #expect(queue.count == model.count && queue.isEmpty == model.isEmpty, "\(random)")
        }
    }
}
