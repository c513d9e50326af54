internal import Locking

/// Bounds how many purchases past the cache are under way at once.
final class BypassGate: Sendable {
    private let purchasesMax: Int
    private let purchases = Locked(0)

    init(purchasesMax: Int) {
        self.purchasesMax = purchasesMax
    }

    /// Throws `overloaded` for one purchase too many; else `leave` follows.
    func enter() throws(TapedeckError) {
        let isAdmitted = self.purchases.withLock { count in
            guard count < self.purchasesMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw TapedeckError(.overloaded, "\(self.purchasesMax) fetches are under way, the most allowed")
        }
    }

    func leave() {
        self.purchases.withLock { $0 -= 1 }
    }
}
