import Testing

@testable import MarketStore

/// Every state that a small fleet can reach, with every order of its steps.
@Suite struct LeaseModelTests {
    struct Size: CustomStringConvertible, Sendable {
        let workers: Int
        let length: Int
        let deaths: Int
        let failures: Int

        var description: String {
            "\(self.workers) workers, \(self.length) instants, \(self.deaths) deaths, \(self.failures) failures"
        }
    }

    private static let sizes = [
        Size(workers: 2, length: 1, deaths: 2, failures: 1), Size(workers: 2, length: 2, deaths: 1, failures: 1),
        Size(workers: 3, length: 1, deaths: 1, failures: 0),
    ]

    /// No instant is bought twice and stored twice, nobody asks without a lease, no leases overlap; and whatever has
    /// happened, everybody can still come to an end: no waiter waits forever.
    @Test(arguments: Self.sizes) func everyReachableStateIsSoundAndLeadsToTheEnd(_ size: Size) throws {
        let start = LeaseModel(
            workers: size.workers,
            length: size.length,
            deaths: size.deaths,
            failures: size.failures
        )
        var numbers = [start: 0]
        var states = [start]
        var predecessors: [[Int]] = [[]]
        var next = 0
        while next < states.count {
            for successor in try states[next].successors() {
                if let known = numbers[successor] {
                    predecessors[known].append(next)
                } else {
                    numbers[successor] = states.count
                    states.append(successor)
                    predecessors.append([next])
                }
            }
            next += 1
        }

        var reachesEnd = Set(states.indices.filter { states[$0].isOver })
        #expect(!reachesEnd.isEmpty)
        var open = Array(reachesEnd)
        while let state = open.popLast() {
            for before in predecessors[state] where reachesEnd.insert(before).inserted { open.append(before) }
        }
        let stuck = states.indices.first { !reachesEnd.contains($0) }
        #expect(stuck == nil, "\(stuck.map { "\(states[$0])" } ?? "")")
        print("lease model, \(size): \(states.count) states")
    }
}
