/// Decides which renewals in the background may begin: one at a time of each key, and no more at once than a limit.
///
/// Pure state. One that may not begin is left out: the next read that finds its data expired asks again.
struct RenewalQueue<Key: Hashable> {
    enum Admission: Equatable {
        /// The renewal may begin; it counts until `finish`.
        case begin
        /// The key is being renewed already.
        case pending
        /// As many as allowed are under way.
        case full
    }

    let renewalsMax: Int
    private var pending: Set<Key> = []

    init(renewalsMax: Int) {
        self.renewalsMax = renewalsMax
    }

    /// Renewals that wait or run.
    var count: Int { self.pending.count }

    /// Whether a renewal may begin.
    mutating func admit(_ key: Key) -> Admission {
        guard !self.pending.contains(key) else { return .pending }
        guard self.pending.count < self.renewalsMax else { return .full }
        self.pending.insert(key)
        return .begin
    }

    mutating func finish(_ key: Key) {
        self.pending.remove(key)
    }
}
