/// Decides which renewals in the background may begin: one at a time of each key, and no more at once than a limit.
///
/// Pure state. One that may not begin is left out: the next read that finds its data expired asks again.
struct RenewalQueue<Key: Hashable> {
    let renewalsMax: Int
    private var pending: Set<Key> = []

    init(renewalsMax: Int) {
        self.renewalsMax = renewalsMax
    }

    /// Renewals that wait or run.
    var count: Int { self.pending.count }

    /// Whether a renewal may begin; then it counts until `finish`.
    mutating func begin(_ key: Key) -> Bool {
        guard self.pending.count < self.renewalsMax else { return false }
        return self.pending.insert(key).inserted
    }

    mutating func finish(_ key: Key) {
        self.pending.remove(key)
    }
}
