/// The events that wait for a channel's handler, up to a number of notices.
///
/// It is pure state: no lock and nobody who waits.
struct NoticeInbox {
    private let noticesMax: Int
    private var events: [NoticeChannel.Event] = []
    /// The first event that was not taken.
    private var head = 0
    private var noticeCount = 0

    init(noticesMax: Int) {
        self.noticesMax = noticesMax
    }

    /// How many notices wait.
    var count: Int { self.noticeCount }

    /// Adds a notice; throws `poolExhausted` when too many wait.
    mutating func add(_ payload: String) throws(SQLError) {
        guard self.noticeCount < self.noticesMax else {
            throw SQLError(
                .poolExhausted,
                "\(self.noticesMax) notices wait already: they arrive faster than they are handled"
            )
        }
        self.noticeCount += 1
        self.events.append(.notice(payload))
    }

    /// Adds that the channel is open.
    mutating func open(_ epoch: DatabaseEpoch) {
        self.events.append(.opened(epoch))
    }

    /// Adds that the channel is closed, in place of all that waits: it is out of date, and a handler that is stuck must
    /// not let it grow.
    mutating func close(_ error: SQLError) {
        self.events = [.closed(error)]
        self.head = 0
        self.noticeCount = 0
    }

    /// Takes the event that waits longest.
    mutating func next() -> NoticeChannel.Event? {
        guard self.head < self.events.count else { return nil }
        let event = self.events[self.head]
        self.head += 1
        if case .notice = event { self.noticeCount -= 1 }
        // What was taken goes once it is the greater part, so that taking costs the same however much waits.
        if self.head * 2 > self.events.count {
            self.events.removeFirst(self.head)
            self.head = 0
        }
        return event
    }
}
