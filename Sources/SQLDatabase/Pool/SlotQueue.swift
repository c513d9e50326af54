/// Decides who of many callers holds one of a few slots, who waits, and who is refused.
///
/// It is pure state, with no tasks, clocks or locks; `ConnectionGate` carries out what it returns. Waiters are served in
/// the order in which they came.
struct SlotQueue<Waiter> {
    enum Entry {
        case granted
        case waiting
        case refused(SQLError.Code)
    }

    let slotsMax: Int
    let waitersMax: Int
    private(set) var slotsInUse = 0
    private(set) var isClosed = false
    /// How many callers were refused because too many waited, or waited too long.
    private(set) var refusals = 0
    private var waiters: [(id: UInt64, waiter: Waiter)] = []

    init(slotsMax: Int, waitersMax: Int) {
        precondition(slotsMax > 0, "A gate without slots never opens.")
        self.slotsMax = slotsMax
        self.waitersMax = waitersMax
    }

    var waiterCount: Int { self.waiters.count }

    /// Takes a slot if one is free; nobody overtakes a waiter.
    mutating func takeFreeSlot() -> Bool {
        guard !self.isClosed, self.waiters.isEmpty, self.slotsInUse < self.slotsMax else { return false }
        self.slotsInUse += 1
        return true
    }

    /// Takes a slot, or queues the waiter, or refuses it.
    mutating func enter(_ id: UInt64, _ waiter: Waiter) -> Entry {
        if self.isClosed { return .refused(.closed) }
        if self.takeFreeSlot() { return .granted }
        guard self.waiters.count < self.waitersMax else {
            self.refusals += 1
            return .refused(.poolExhausted)
        }
        self.waiters.append((id, waiter))
        return .waiting
    }

    /// Gives a slot back.
    ///
    /// Returns the waiter that has it now.
    mutating func leave() -> Waiter? {
        precondition(self.slotsInUse > 0, "A slot is given back once.")
        if self.waiters.isEmpty {
            self.slotsInUse -= 1
            return nil
        }
        return self.waiters.removeFirst().waiter
    }

    /// Takes a waiter that gives up out of the queue; nil when it was served already.
    mutating func giveUp(_ id: UInt64, isRefusal: Bool) -> Waiter? {
        guard let index = self.waiters.firstIndex(where: { $0.id == id }) else { return nil }
        if isRefusal {
            self.refusals += 1
        }
        return self.waiters.remove(at: index).waiter
    }

    /// Lets nobody in any more.
    ///
    /// Returns the waiters that must be told.
    mutating func close() -> [Waiter] {
        self.isClosed = true
        let told = self.waiters.map(\.waiter)
        self.waiters.removeAll()
        return told
    }
}
