/// A queue of distinct keys from which any key can be removed in constant time.
struct LinkedQueue<Key: Hashable> {
    private struct Links {
        var older: Key?
        var newer: Key?
    }

    private var links: [Key: Links] = [:]
    /// The key that came first.
    private(set) var oldest: Key?
    /// The key that came last.
    private(set) var newest: Key?

    var count: Int { self.links.count }

    var isEmpty: Bool { self.links.isEmpty }

    func contains(_ key: Key) -> Bool {
        self.links[key] != nil
    }

    /// The key that came next after one in the queue, nil after the newest.
    func key(after key: Key) -> Key? {
        self.links[key]?.newer
    }

    /// Puts a key that is not in the queue behind all others.
    mutating func append(_ key: Key) {
        precondition(self.links[key] == nil, "A key is in the queue once.")
        self.links[key] = Links(older: self.newest, newer: nil)
        if let newest = self.newest { self.links[newest]?.newer = key }
        self.newest = key
        if self.oldest == nil { self.oldest = key }
    }

    /// Removes the key; false when it was not in the queue.
    @discardableResult
    mutating func remove(_ key: Key) -> Bool {
        guard let removed = self.links.removeValue(forKey: key) else { return false }
        if let older = removed.older { self.links[older]?.newer = removed.newer } else { self.oldest = removed.newer }
        if let newer = removed.newer { self.links[newer]?.older = removed.older } else { self.newest = removed.older }
        return true
    }

    /// Removes the key that came first.
    mutating func popOldest() -> Key? {
        guard let oldest = self.oldest else { return nil }
        self.remove(oldest)
        return oldest
    }

    /// The keys, oldest first.
    var keys: [Key] { self.oldest(self.count) }

    /// The first keys, oldest first.
    func oldest(_ countMax: Int) -> [Key] {
        var result: [Key] = []
        var next = self.oldest
        while let key = next, result.count < countMax {
            result.append(key)
            next = self.links[key]?.newer
        }
        return result
    }
}
