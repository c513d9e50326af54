/// Waiters in the order in which they came, any of which may leave.
struct WaitingLine {
    private var order: [Int] = []
    private var firstIndex = 0
    private var present: Set<Int> = []

    /// The number of those who wait.
    var count: Int { self.present.count }

    /// Adds a waiter, which must not wait already, at the end.
    mutating func append(_ waiter: Int) {
        precondition(self.present.insert(waiter).inserted, "A waiter waits once.")
        self.order.append(waiter)
    }

    /// Takes out the waiter that came first.
    mutating func popFirst() -> Int? {
        while self.firstIndex < self.order.count {
            let waiter = self.order[self.firstIndex]
            self.firstIndex += 1
            if self.present.remove(waiter) != nil {
                self.compact()
                return waiter
            }
        }
        self.compact()
        return nil
    }

    /// Takes out a waiter; false when it does not wait.
    mutating func remove(_ waiter: Int) -> Bool {
        guard self.present.remove(waiter) != nil else { return false }
        self.compact()
        return true
    }

    /// Takes out all, first come first.
    mutating func removeAll() -> [Int] {
        var waiters: [Int] = []
        while let waiter = self.popFirst() { waiters.append(waiter) }
        return waiters
    }

    /// Drops the places of those who left, once they are the greater part.
    private mutating func compact() {
        guard self.order.count > 2 * self.present.count + 16 else { return }
        self.order = self.order[self.firstIndex...].filter { self.present.contains($0) }
        self.firstIndex = 0
    }
}
