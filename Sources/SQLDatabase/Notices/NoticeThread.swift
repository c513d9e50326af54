import Foundation
import Logging

/// What a channel's thread does until it is stopped: it waits for its connection and for its tasks at once, passes
/// notices on, and carries out what the state machine decides.
final class NoticeThread {
    private let settings: PostgresSettings
    private let channel: String
    private let unheardAdvice: String?
    private let mailbox: NoticeMailbox
    private let heartbeat: @Sendable () -> String
    private let elapsed: @Sendable () -> Duration
    private let logger: Logger
    private var machine: NoticeConnectionStateMachine
    private var connection: NoticeConnection?
    /// Whether the outage that lasts was logged.
    private var isOutageLogged = false

    init(
        _ settings: PostgresSettings,
        _ configuration: NoticeChannel.Configuration,
        _ mailbox: NoticeMailbox,
        _ heartbeat: @escaping @Sendable () -> String,
        _ elapsed: @escaping @Sendable () -> Duration,
        _ logger: Logger
    ) {
        self.settings = settings
        self.channel = configuration.channel
        self.unheardAdvice = configuration.unheardAdvice
        self.mailbox = mailbox
        self.heartbeat = heartbeat
        self.elapsed = elapsed
        self.logger = logger
        self.machine = NoticeConnectionStateMachine(
            limits: NoticeConnectionStateMachine.Limits(
                heartbeatInterval: configuration.heartbeatInterval,
                heartbeatTimeout: configuration.heartbeatTimeout,
                reconnectBackoff: configuration.reconnectBackoff
            )
        )
    }

    /// Works until the mailbox says stop; the connection is closed then.
    func run() {
        while !self.mailbox.isStopped {
            var isSending = false
            do throws(SQLError) {
                // What has arrived comes first, so that a thread that was held up does not count its connection as dead.
                try self.receive()
                while let action = try self.machine.tick(now: self.elapsed()) {
                    try self.perform(action)
                }
                isSending = try self.send()
            } catch {
                self.lose(error)
            }
            self.wait(isSending: isSending)
        }
        self.connection = nil
    }

    private func receive() throws(SQLError) {
        try self.connection?.receive { arrival throws(SQLError) in
            switch arrival {
            case .identity(let epoch, let isDirect):
                try self.perform(try self.machine.identified(epoch, isDirect: isDirect, now: self.elapsed()))
            case .answer(let error):
                self.mailbox.finishTransaction(error)
            case .notice(let payload, let isOwn):
                let wasOpen = self.machine.isOpen
                if isOwn, let action = self.machine.heardItself(now: self.elapsed()) {
                    try self.perform(action)
                }
                // Before, the handler knows nothing of an open channel.
                if wasOpen { try self.mailbox.receive(payload) }
            }
        }
    }

    /// Sends what waits; true when the system does not take all of it yet.
    private func send() throws(SQLError) -> Bool {
        guard let connection = self.connection else { return false }
        if let payloads = self.mailbox.beginTransaction() {
            try connection.send(payloads)
        }
        return try connection.flush()
    }

    private func perform(_ action: NoticeConnectionStateMachine.Action) throws(SQLError) {
        switch action {
        case .connect:
            guard self.mailbox.beginConnecting() else { return }
            defer { self.mailbox.endConnecting() }
            self.connection = try NoticeConnection(self.settings, channel: self.channel)
            try self.perform(self.machine.connected(now: self.elapsed()))
        case .identify:
            try self.connection?.identify()
        case .listen:
            try self.connection?.listen(probe: try self.checkedHeartbeat())
        case .beat:
            try self.connection?.beat(try self.checkedHeartbeat())
        case .open(let epoch):
            self.isOutageLogged = false
            self.logger.info("notices arrive", metadata: ["channel": "\(self.channel)", "epoch": "\(epoch)"])
            self.mailbox.open(epoch)
        }
    }

    private func lose(_ error: SQLError) {
        self.connection = nil
        self.machine.lost(now: self.elapsed(), jitter: .random(in: 0...1))
        var metadata: Logger.Metadata = ["channel": "\(self.channel)", "error": "\(error)"]
        if error.code == .noticesUnheard, let advice = self.unheardAdvice { metadata["advice"] = "\(advice)" }
        // An outage is told once, however many attempts to connect it has.
        self.logger.log(
            level: self.isOutageLogged ? .debug : .warning,
            "notices do not arrive",
            metadata: metadata
        )
        self.isOutageLogged = true
        self.mailbox.close(error)
    }

    private func checkedHeartbeat() throws(SQLError) -> String {
        let payload = self.heartbeat()
        try NoticeChannel.check(payload)
        return payload
    }

    /// Waits until something arrives, can be sent or is due, or a task has something to say.
    private func wait(isSending: Bool) {
        // Nothing is looked at under a negative number.
        var descriptors = [
            pollfd(fd: self.mailbox.wake.readingEnd, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: self.connection?.socket ?? -1,
                events: Int16(isSending ? POLLIN | POLLOUT : POLLIN),
                revents: 0
            ),
        ]
        let remaining = self.machine.nextStep.map { max(.zero, $0 - self.elapsed()) }
        // Whole milliseconds, rounded up; for ever below 0.
        let milliseconds = remaining.map { Int32(clamping: Int64(($0 / .milliseconds(1)).rounded(.up))) } ?? -1
        _ = poll(&descriptors, 2, milliseconds)
        if descriptors[0].revents != 0 { self.mailbox.wake.drain() }
    }
}
