internal import MarketData
internal import MarketStore

/// What was bought while the database could not take it, in the order in which it is to be written.
///
/// Pure state, without clocks, locks or I/O. Nothing that was taken in is dropped; what does not fit is refused before it
/// is bought (`reserve`) or waits at its owner (`append` answers false). Lines of the ledger always fit: there is one for
/// each purchase under way.
struct WriteBehindQueue {
    let recordsMax: Int
    /// Records pending; whatever has none counts for one.
    private(set) var recordCount = 0
    /// Room kept for what purchases under way may still bring.
    private(set) var reservedCount = 0
    private var nextID = 0
    private var writes: [Int: PendingWrite] = [:]
    private var order = LinkedQueue<Int>()
    private var writesBySubject: [PendingWrite.Subject: [Int]] = [:]
    /// The purchases whose beginning is pending, by their tokens.
    private var beginnings: [String: Int] = [:]
    private var reservations: [String: Int] = [:]

    init(recordsMax: Int) {
        self.recordsMax = max(1, recordsMax)
    }

    var isEmpty: Bool { self.writes.isEmpty }

    /// Room for records that nothing is kept for.
    var room: Int { max(0, self.recordsMax - self.recordCount - self.reservedCount) }

    /// What is to be written next.
    var first: PendingWrite? { self.order.oldest.flatMap { self.writes[$0] } }

    /// Everything pending, in its order.
    var all: [PendingWrite] { self.order.keys.compactMap { self.writes[$0] } }

    /// What is to be written next: so many writes at most, and so many records unless the first alone has more.
    func next(writesMax: Int, recordsMax: Int) -> [PendingWrite] {
        var writes: [PendingWrite] = []
        var recordCount = 0
        for write in self.order.oldest(writesMax).compactMap({ self.writes[$0] }) {
            recordCount += write.weight
            guard recordCount <= recordsMax || writes.isEmpty else { break }
            writes.append(write)
        }
        return writes
    }

    /// The leases under which something was bought that waits.
    var leases: Set<LeaseToken> { Set(self.writes.values.lazy.compactMap(\.content.lease)) }

    /// Whether something about a subject is pending.
    func holds(_ subject: PendingWrite.Subject) -> Bool { self.writesBySubject[subject] != nil }

    /// The pending pieces of a series, in their order.
    func pieces(of series: Series) -> [PendingWrite] {
        self.writesBySubject[.series(series), default: []].compactMap { self.writes[$0] }
    }

    /// The newest pending prices of a symbol.
    func latest(of key: LatestKey) -> PendingWrite? {
        self.writesBySubject[.latest(key)]?.last.flatMap { self.writes[$0] }
    }

    /// Keeps room for a purchase that may bring so many records; false when there is none.
    mutating func reserve(_ token: String, records: Int) -> Bool {
        precondition(self.reservations[token] == nil, "A purchase begins once.")
        guard records <= self.room else { return false }
        self.reservations[token] = records
        self.reservedCount += records
        return true
    }

    /// Gives back the room that a purchase which is over has not used.
    mutating func release(_ token: String) {
        self.reservedCount -= self.reservations.removeValue(forKey: token) ?? 0
    }

    /// Takes in data of the purchase with this token, and makes room by it if its reservation says so.
    ///
    /// `periods` is how many records there could have been. False when there is no room.
    mutating func append(_ content: PendingWrite.Content, of token: String?, periods: Int, tick: Int64) -> Bool {
        let write = PendingWrite(id: self.nextID, tick: tick, content: content)
        let reserved = token.flatMap { self.reservations[$0] } ?? 0
        guard write.weight <= self.room + reserved else { return false }
        if let token, reserved > 0 {
            let used = min(reserved, max(write.weight, periods))
            self.reservations[token] = reserved - used
            self.reservedCount -= used
        }
        self.coalesce(with: content)
        self.insert(write)
        return true
    }

    /// Takes in the beginning of a purchase.
    mutating func begin(_ purchase: NewPurchase, tick: Int64) {
        let write = PendingWrite(id: self.nextID, tick: tick, content: .purchaseBegun(purchase))
        if let token = purchase.token { self.beginnings[token] = write.id }
        self.insert(write)
    }

    /// Takes in the end of a purchase, in the place of its beginning if that is still pending.
    mutating func end(
        _ purchase: NewPurchase,
        begun: Int64,
        _ figures: PurchaseFigures,
        error: String?,
        tick: Int64
    ) {
        if let token = purchase.token {
            self.release(token)
            if let id = self.beginnings[token] { self.remove(id) }
        }
        let content = PendingWrite.Content.purchaseEnded(purchase, begun: begun, figures, error: error)
        self.insert(PendingWrite(id: self.nextID, tick: tick, content: content))
    }

    /// Takes out what was written.
    mutating func remove(_ id: Int) {
        guard let write = self.writes.removeValue(forKey: id) else { return }
        self.order.remove(id)
        self.recordCount -= write.weight
        if let subject = write.subject {
            self.writesBySubject[subject]?.removeAll { $0 == id }
            if self.writesBySubject[subject]?.isEmpty == true { self.writesBySubject[subject] = nil }
        }
        if case .purchaseBegun(let purchase) = write.content { purchase.token.map { self.beginnings[$0] = nil } }
    }

    /// Takes out everything, in its order.
    mutating func removeAll() -> [PendingWrite] {
        let all = self.all
        for write in all { self.remove(write.id) }
        return all
    }

    private mutating func insert(_ write: PendingWrite) {
        self.nextID += 1
        self.writes[write.id] = write
        self.order.append(write.id)
        self.recordCount += write.weight
        if let subject = write.subject { self.writesBySubject[subject, default: []].append(write.id) }
    }

    /// Takes out of earlier pieces what a new one says anew, such as a bar that was forming.
    private mutating func coalesce(with content: PendingWrite.Content) {
        let series: Series
        switch content {
        case .bars(let piece): series = piece.series
        case .quotes(let piece): series = piece.series
        default: return
        }
        for write in self.pieces(of: series) {
            switch write.rest(behind: content) {
            case .all: continue
            case .nothing: self.remove(write.id)
            case .part(let rest):
                self.writes[write.id]?.content = rest
                self.recordCount += (self.writes[write.id]?.weight ?? 0) - write.weight
            }
        }
    }

    /// Traps when the tables do not fit each other.
    func checkInvariants() {
        precondition(self.recordCount == self.writes.values.reduce(0) { $0 + $1.weight })
        precondition(self.reservedCount == self.reservations.values.reduce(0, +))
        precondition(self.order.count == self.writes.count)
        precondition(self.order.keys == self.writes.keys.sorted(), "What came first is written first.")
        precondition(self.writesBySubject.values.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
        for (subject, ids) in self.writesBySubject {
            precondition(ids.allSatisfy { self.writes[$0]?.subject == subject })
        }
        precondition(self.beginnings.values.allSatisfy { self.writes[$0] != nil })
    }
}
