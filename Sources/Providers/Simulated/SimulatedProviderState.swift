import MarketData

/// What a simulated provider remembers and what it is told to do next.
struct SimulatedProviderState {
    /// Failures that are still to come, for fetches only or for every call.
    struct ScriptedFailure {
        let error: ProviderError
        let call: SimulatedCall?
        let afterPieces: Int
        var remaining: Int
    }

    /// How often each call was made, also when it failed.
    private(set) var callCounts: [SimulatedCall: Int] = [:]
    /// All calls made.
    private(set) var callCount: UInt64 = 0
    /// The newest purchases, oldest first.
    private(set) var purchases: [SimulatedPurchase] = []
    private var failures: [ScriptedFailure] = []

    /// Counts a call and takes the failure that is scripted for it.
    mutating func begin(_ call: SimulatedCall) -> (number: UInt64, failure: ScriptedFailure?) {
        self.callCounts[call, default: 0] += 1
        self.callCount += 1
        guard let index = self.failures.firstIndex(where: { $0.call == nil || $0.call == call }) else {
            return (self.callCount, nil)
        }
        let failure = self.failures[index]
        self.failures[index].remaining -= 1
        if self.failures[index].remaining <= 0 { self.failures.remove(at: index) }
        return (self.callCount, failure)
    }

    mutating func script(_ failure: ScriptedFailure) {
        if failure.remaining > 0 { self.failures.append(failure) }
    }

    mutating func clearFailures() {
        self.failures = []
    }

    mutating func remember(_ purchase: SimulatedPurchase, max: Int) {
        self.purchases.append(purchase)
        if self.purchases.count > max { self.purchases.removeFirst(self.purchases.count - max) }
    }
}
