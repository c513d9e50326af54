/// Decides which statements stay prepared on one connection: the most recently used ones.
///
/// It is pure state. The session sends what the decisions name, and tells what the server has answered.
struct PostgresStatementCache {
    /// A statement with the types of its parameters: the same text with others is prepared anew.
    struct Key: Hashable {
        let sql: String
        let parameterTypes: [UInt32]
    }

    /// How a statement is to be run.
    struct Use: Equatable {
        /// The statement's name on the server.
        let name: String
        /// Whether the command to prepare it must be sent before.
        let mustPrepare: Bool
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private let countMax: Int
    private let namePrefix: String
    private var entries: [Key: Entry] = [:]
    /// The names whose preparation has been sent and not answered.
    private var preparing: [String: Key] = [:]
    private var useCount: UInt64 = 0
    private var nameCount: UInt64 = 0
    /// Names that exist on the server and are not needed any more.
    private(set) var discarded: [String] = []

    /// Creates a cache of at least one statement.
    ///
    /// `namePrefix` keeps the names apart from those of other clients that share a server's session through a pooler.
    init(countMax: Int, namePrefix: String) {
        self.countMax = max(1, countMax)
        self.namePrefix = namePrefix
    }

    /// The number of statements that are kept.
    var count: Int { self.entries.count }

    /// Names the statement to run, making room for it if it is new.
    mutating func use(_ key: Key) -> Use {
        self.useCount += 1
        if let entry = self.entries[key] {
            self.entries[key]?.lastUse = self.useCount
            return Use(name: entry.name, mustPrepare: false)
        }
        if self.entries.count >= self.countMax,
            let oldest = self.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            self.forget(oldest.key)
        }
        self.nameCount += 1
        let name = "\(self.namePrefix)_\(self.nameCount)"
        self.entries[key] = Entry(name: name, lastUse: self.useCount)
        self.preparing[name] = key
        return Use(name: name, mustPrepare: true)
    }

    /// Notes that the server has prepared a statement.
    mutating func confirmPrepared(_ name: String) {
        guard let key = self.preparing.removeValue(forKey: name) else { return }
        if self.entries[key]?.name != name {
            self.discarded.append(name)
        }
    }

    /// Notes that the server has not prepared a statement.
    mutating func confirmFailed(_ name: String) {
        guard let key = self.preparing.removeValue(forKey: name) else { return }
        if self.entries[key]?.name == name {
            self.entries[key] = nil
        }
    }

    /// Notes that the server has dropped a discarded name.
    mutating func confirmDiscarded(_ name: String) {
        self.discarded.removeAll { $0 == name }
    }

    /// Forgets a statement; a name that the server knows is discarded.
    mutating func forget(_ key: Key) {
        guard let entry = self.entries.removeValue(forKey: key), self.preparing[entry.name] == nil else { return }
        self.discarded.append(entry.name)
    }

    /// Forgets everything, because the server has.
    mutating func forgetAll() {
        self.entries.removeAll()
        self.preparing.removeAll()
        self.discarded.removeAll()
    }
}
