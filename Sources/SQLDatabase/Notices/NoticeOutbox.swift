/// The notices that wait to be sent, and those that are under way.
///
/// It is pure state. One transaction is under way at a time; what comes meanwhile goes together in the next: at once when
/// it is quiet, in bulk when it is busy.
struct NoticeOutbox<Sender> {
    /// After how many payloads a transaction takes no further sender's.
    static var transactionPayloadsMax: Int { 1_000 }

    private let payloadsMax: Int
    private var waiting: [(payloads: [String], sender: Sender)] = []
    private var payloadCount = 0
    private var underWay: [Sender] = []
    /// Why nothing can be sent, nil while the channel is open.
    private var closure: String? = "it was not opened yet"

    init(payloadsMax: Int) {
        self.payloadsMax = payloadsMax
    }

    /// Lets notices in.
    mutating func open() {
        self.closure = nil
    }

    /// Adds what one sender sends.
    ///
    /// Throws `unavailable` while the channel is closed, and `poolExhausted`.
    mutating func add(_ payloads: [String], _ sender: Sender) throws(SQLError) {
        if let closure = self.closure {
            throw SQLError(.unavailable, "notices cannot be sent: the channel is not open: \(closure)")
        }
        guard self.payloadCount + payloads.count <= self.payloadsMax else {
            throw SQLError(.poolExhausted, "notices cannot be sent: \(self.payloadsMax) payloads at most may wait")
        }
        self.payloadCount += payloads.count
        self.waiting.append((payloads, sender))
    }

    /// The payloads of the next transaction, or nil when one is under way or nothing waits.
    mutating func begin() -> [String]? {
        guard self.underWay.isEmpty, !self.waiting.isEmpty else { return nil }
        var payloads: [String] = []
        for (index, entry) in self.waiting.enumerated() {
            guard index == 0 || payloads.count + entry.payloads.count <= Self.transactionPayloadsMax else { break }
            payloads += entry.payloads
            self.underWay.append(entry.sender)
        }
        self.waiting.removeFirst(self.underWay.count)
        self.payloadCount -= payloads.count
        return payloads
    }

    /// Ends the transaction that is under way, and returns who waits for its end.
    mutating func finish() -> [Sender] {
        defer { self.underWay = [] }
        return self.underWay
    }

    /// Lets no notices in until `open`, and returns all who wait.
    mutating func close(_ error: SQLError) -> [Sender] {
        self.closure = error.message
        defer {
            self.waiting = []
            self.payloadCount = 0
        }
        return self.finish() + self.waiting.map(\.sender)
    }
}
