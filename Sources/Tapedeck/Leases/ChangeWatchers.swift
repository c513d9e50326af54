/// Decides who is woken when something changed: pure state.
///
/// What changed between `mark` and `watch` is not missed: changes are counted, in a fixed number of counters that keys
/// share. A counter that another key raised wakes for nothing, which costs a look.
struct ChangeWatchers<Key: Hashable> {
    private static var countersMax: Int { 1_024 }

    private var counters = [UInt64](repeating: 0, count: Self.countersMax)
    private var watchers: [Key: Set<Int>] = [:]

    /// How many watch.
    var count: Int { self.watchers.values.reduce(0) { $0 + $1.count } }

    /// How often something changed that shares the key's counter.
    func mark(_ key: Key) -> UInt64 { self.counters[Self.index(key)] }

    /// Lets a watcher wait for a change of the key; false when there was one since the mark.
    mutating func watch(_ watcher: Int, _ key: Key, since mark: UInt64) -> Bool {
        guard self.mark(key) == mark else { return false }
        self.watchers[key, default: []].insert(watcher)
        return true
    }

    /// Notes a change of the key, and answers who is to be woken.
    mutating func signal(_ key: Key) -> [Int] {
        self.counters[Self.index(key)] &+= 1
        return (self.watchers.removeValue(forKey: key) ?? []).sorted()
    }

    /// Notes that anything may have changed, and answers who is to be woken.
    mutating func signalAll() -> [Int] {
        for index in self.counters.indices { self.counters[index] &+= 1 }
        defer { self.watchers = [:] }
        return self.watchers.values.flatMap { $0 }.sorted()
    }

    /// Takes out a watcher that gives up; false when it was woken already.
    mutating func leave(_ watcher: Int, _ key: Key) -> Bool {
        guard self.watchers[key]?.remove(watcher) != nil else { return false }
        if self.watchers[key]?.isEmpty == true { self.watchers[key] = nil }
        return true
    }

    private static func index(_ key: Key) -> Int { Int(UInt(bitPattern: key.hashValue) % UInt(Self.countersMax)) }
}
