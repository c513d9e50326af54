import Foundation
import Tapedeck

/// Plays a trace of page accesses through the policy that decides what leaves memory.
enum PolicyReplay {
    struct Figures: Encodable {
        /// Accesses and hits of the bots, then of everybody.
        let botAccesses: Int
        let botHits: Int
        let accesses: Int
        let hits: Int
    }

    /// `trace` has a line for each access: `PAGE SIZE CLASS FORMING`, the class `bot` or another, forming 1 or 0.
    static func run(trace path: String, budget: Int) throws -> Figures {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var policy = EvictionPolicy<Int>(budget: budget)
        var counters: [Int: AccessCounter] = [:]
        var (botAccesses, botHits, accesses, hits) = (0, 0, 0, 0)
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 4, let page = Int(fields[0]), let size = Int(fields[1]) else {
                throw BenchmarkError("'\(String(decoding: line, as: UTF8.self))' is not an access")
            }
            let isHit = policy.contains(page)
            accesses += 1
            hits += isHit ? 1 : 0
            if fields[2] == "bot" {
                botAccesses += 1
                botHits += isHit ? 1 : 0
            }
            let isForming = fields[3] == "1"
            if isHit {
                counters[page]?.noteRead(isForming: isForming)
            } else {
                let counter = AccessCounter()
                if isForming { counter.noteRead(isForming: true) }
                counters[page] = counter
                for evicted in policy.insert(page, cost: size, counter: counter) { counters[evicted] = nil }
            }
        }
        return Figures(botAccesses: botAccesses, botHits: botHits, accesses: accesses, hits: hits)
    }
}
