import Locking

/// What passes between a channel's thread and its tasks.
final class NoticeMailbox: Sendable {
    private typealias Sender = CheckedContinuation<Void, any Error>
    private typealias Receiver = CheckedContinuation<NoticeChannel.Event?, Never>

    private struct State {
        var inbox: NoticeInbox
        var outbox: NoticeOutbox<Sender>
        /// The task that waits for an event.
        var receiver: Receiver?
        var isConnecting = false
        var isStopped = false
        /// Whether no event follows.
        var isFinished = false

        /// Takes the first event out for the task that waits for one.
        mutating func delivery() -> Delivery? {
            guard let receiver = self.receiver, let event = self.inbox.next() else { return nil }
            self.receiver = nil
            return Delivery(receiver: receiver, event: event)
        }
    }

    /// An event and who takes it; handed over when the lock is left.
    private struct Delivery {
        let receiver: Receiver
        let event: NoticeChannel.Event

        func make() {
            self.receiver.resume(returning: self.event)
        }
    }

    /// Wakes the thread.
    let wake: WakePipe
    private let state: Locked<State>

    init(wake: WakePipe, inbox: NoticeInbox, outboxPayloadsMax: Int) {
        self.wake = wake
        self.state = Locked(State(inbox: inbox, outbox: NoticeOutbox(payloadsMax: outboxPayloadsMax)))
    }

    // MARK: For tasks

    /// The next event, or nil when there will be none; one task waits at a time.
    func next() async -> NoticeChannel.Event? {
        await withCheckedContinuation { continuation in
            let event: NoticeChannel.Event?? = self.state.withLock { state in
                if state.isFinished { return .some(nil) }
                if let event = state.inbox.next() { return event }
                state.receiver = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }

    /// Sends notices and waits for the server's answer.
    func send(_ payloads: [String]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            do throws(SQLError) {
                try self.state.withLock { state throws(SQLError) in try state.outbox.add(payloads, continuation) }
                self.wake.wake()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Asks the thread to end.
    ///
    /// An attempt to connect cannot be ended; nobody waits for it.
    func stop() {
        let isConnecting = self.state.withLock { state in
            state.isStopped = true
            return state.isConnecting
        }
        self.wake.wake()
        if isConnecting { self.finish() }
    }

    // MARK: For the thread

    var isStopped: Bool { self.state.withLock { $0.isStopped } }

    /// Whether the thread may connect.
    func beginConnecting() -> Bool {
        self.state.withLock { state in
            state.isConnecting = !state.isStopped
            return state.isConnecting
        }
    }

    func endConnecting() {
        self.state.withLock { $0.isConnecting = false }
    }

    func open(_ epoch: DatabaseEpoch) {
        let delivery = self.state.withLock { state in
            state.inbox.open(epoch)
            state.outbox.open()
            return state.delivery()
        }
        delivery?.make()
    }

    func close(_ error: SQLError) {
        let (delivery, senders) = self.state.withLock { state in
            state.inbox.close(error)
            return (state.delivery(), state.outbox.close(error))
        }
        delivery?.make()
        let loss = SQLError(.connectionLost, "notices may not have been sent: \(error.message)")
        for sender in senders { sender.resume(throwing: loss) }
    }

    /// Passes a notice on.
    ///
    /// Throws `poolExhausted` when too many wait.
    func receive(_ payload: String) throws(SQLError) {
        let delivery = try self.state.withLock { state throws(SQLError) in
            try state.inbox.add(payload)
            return state.delivery()
        }
        delivery?.make()
    }

    /// The payloads of the next transaction, if one can be sent.
    func beginTransaction() -> [String]? {
        self.state.withLock { $0.outbox.begin() }
    }

    /// Tells the senders how their transaction has ended.
    func finishTransaction(_ error: SQLError?) {
        for sender in self.state.withLock({ $0.outbox.finish() }) {
            if let error { sender.resume(throwing: error) } else { sender.resume() }
        }
    }

    /// Tells all who wait that the thread has ended.
    func finish() {
        let (receiver, senders) = self.state.withLock { state in
            state.isFinished = true
            defer { state.receiver = nil }
            return (state.receiver, state.outbox.close(Self.stopped))
        }
        receiver?.resume(returning: nil)
        for sender in senders { sender.resume(throwing: Self.stopped) }
    }

    private static var stopped: SQLError { SQLError(.unavailable, "the channel was stopped") }
}
