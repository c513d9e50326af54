/// Decides what leaves a cache with a budget: S3-FIFO's probation and memory of what left, with SIEVE as the main queue.
///
/// What is new waits in a probation queue, which has what the main queue leaves free, and a twentieth of the budget at
/// least. What is read there twice before its turn comes moves to the main queue; the rest leaves, and only its key is
/// remembered for a while: what comes back while it is remembered goes to the main queue at once. So a scan that reads
/// everything once passes through probation and leaves the main queue alone. In the main queue entries keep their places;
/// a hand goes round, lowers the counts that it passes, and takes out the first entry that was not read since it last came
/// by. Readers raise an entry's counter without the policy's lock.
///
/// Reads in probation still count in the main queue. New entries come in at its end, where the hand may stand; without a
/// count each would leave for the next one, before it is read again, and the hand would stay there.
package struct EvictionPolicy<Key: Hashable> {
    private struct Entry {
        var cost: Int
        let counter: AccessCounter
        var isProbation: Bool
    }

    /// Reads within probation that move an entry to the main queue.
    static var promotionCount: Int { 2 }
    /// The share of the budget that probation may always have is one part of so many.
    static var probationDivisor: Int { 20 }

    /// The sum of costs that is never exceeded.
    let budget: Int
    /// The sum of the entries' costs.
    private(set) var cost = 0
    private var entries: [Key: Entry] = [:]
    private var probation = LinkedQueue<Key>()
    private var probationCost = 0
    private var main = LinkedQueue<Key>()
    /// The entry of the main queue that is looked at next, or nil for the oldest.
    private var hand: Key?
    private var remembered = LinkedQueue<Key>()

    /// Creates an empty policy for a budget above zero.
    package init(budget: Int) {
        precondition(budget > 0)
        self.budget = budget
    }

    var count: Int { self.entries.count }

    /// Whether the key is held.
    package func contains(_ key: Key) -> Bool {
        self.entries[key] != nil
    }

    func cost(of key: Key) -> Int? {
        self.entries[key]?.cost
    }

    /// Adds an entry, and returns what has to leave for it; that can be the entry itself.
    package mutating func insert(_ key: Key, cost: Int, counter: AccessCounter) -> [Key] {
        precondition(cost > 0 && self.entries[key] == nil)
        let isProbation = !self.remembered.remove(key)
        self.entries[key] = Entry(cost: cost, counter: counter, isProbation: isProbation)
        self.cost += cost
        if isProbation {
            self.probation.append(key)
            self.probationCost += cost
        } else {
            self.main.append(key)
        }
        return self.evict()
    }

    /// Changes an entry's cost, and returns what has to leave for it.
    mutating func update(_ key: Key, cost: Int) -> [Key] {
        precondition(cost > 0)
        guard let entry = self.entries[key] else { preconditionFailure("Only an entry has a cost.") }
        self.cost += cost - entry.cost
        if entry.isProbation { self.probationCost += cost - entry.cost }
        self.entries[key]?.cost = cost
        return self.evict()
    }

    /// Removes an entry without remembering it.
    mutating func remove(_ key: Key) {
        guard let entry = self.entries.removeValue(forKey: key) else { return }
        self.cost -= entry.cost
        if entry.isProbation {
            self.probationCost -= entry.cost
            self.probation.remove(key)
        } else {
            self.removeFromMain(key)
        }
        self.forgetSome()
    }

    private mutating func evict() -> [Key] {
        var evicted: [Key] = []
        // Ends: each turn removes an entry, moves one from probation to main, or lowers a counter.
        while self.cost > self.budget {
            let isProbationFull = self.probationCost * Self.probationDivisor > self.budget
            if !self.probation.isEmpty, isProbationFull || self.main.isEmpty {
                if let key = self.evictFromProbation() { evicted.append(key) }
            } else if let key = self.evictFromMain() {
                evicted.append(key)
            }
        }
        self.forgetSome()
        return evicted
    }

    /// Keeps as many keys remembered as entries are held, and a few more in a cache of few entries.
    private mutating func forgetSome() {
        while self.remembered.count > max(16, self.entries.count) { _ = self.remembered.popOldest() }
    }

    private mutating func evictFromProbation() -> Key? {
        guard let key = self.probation.popOldest(), let entry = self.entries[key] else { return nil }
        self.probationCost -= entry.cost
        if entry.counter.value >= Self.promotionCount {
            self.entries[key]?.isProbation = false
            self.main.append(key)
            return nil
        }
        self.entries[key] = nil
        self.cost -= entry.cost
        self.remembered.append(key)
        return key
    }

    private mutating func evictFromMain() -> Key? {
        guard let key = self.hand ?? self.main.oldest, let entry = self.entries[key] else { return nil }
        self.hand = self.main.key(after: key)
        if entry.counter.value > 0 {
            entry.counter.lower()
            return nil
        }
        self.removeFromMain(key)
        self.entries[key] = nil
        self.cost -= entry.cost
        return key
    }

    private mutating func removeFromMain(_ key: Key) {
        if self.hand == key { self.hand = self.main.key(after: key) }
        self.main.remove(key)
    }

    /// Traps when the queues and the sums do not fit the entries.
    func checkInvariants() {
        precondition(self.cost <= self.budget)
        precondition(self.cost == self.entries.values.reduce(0) { $0 + $1.cost })
        precondition(self.probationCost == self.entries.values.reduce(0) { $0 + ($1.isProbation ? $1.cost : 0) })
        precondition(self.probation.keys.allSatisfy { self.entries[$0]?.isProbation == true })
        precondition(self.main.keys.allSatisfy { self.entries[$0]?.isProbation == false })
        precondition(self.probation.count + self.main.count == self.entries.count)
        precondition(self.hand.map { self.main.contains($0) } ?? true)
        precondition(self.remembered.keys.allSatisfy { self.entries[$0] == nil })
        precondition(self.remembered.count <= max(16, self.entries.count))
    }
}
