import Locking
public import Logging

/// A channel of notices between the processes that share a Postgres database.
///
/// It has one connection of its own, which listens and sends, on a thread that waits for nothing else. Notices are
/// hints: those sent while nobody listens are lost, and a notice may come twice or late, so each `opened` is the time
/// to compare what is held. The connection must lead to the server itself: behind a pooler nothing is heard.
///
/// The channel sends a notice to itself at regular intervals; when it no longer hears them the connection counts as dead,
/// also where the system reports nothing: a frozen server, a link that swallows everything.
public final class NoticeChannel: Sendable {
    /// The most bytes in a payload.
    public static let payloadBytesMax = 7_999

    private let settings: PostgresSettings
    private let configuration: Configuration
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// Where the running channel's thread takes its work from; nil while `run` does not run.
    private let mailbox = Locked<NoticeMailbox?>(nil)

    /// Checks an address and the configuration; `run` connects.
    ///
    /// `url` is `postgres://…` or `postgresql://…` with all that libpq accepts, several hosts and
    /// `target_session_attrs=read-write` included; a standby takes no listeners. `clock` measures intervals; the thread sleeps
    /// in real time. Throws `invalidURL`, and `syntax` for a channel's name that is not allowed.
    public init(
        url: String,
        configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) throws(SQLError) {
        precondition(configuration.heartbeatInterval > .zero, "A heart beats now and then.")
        precondition(
            configuration.heartbeatTimeout > configuration.heartbeatInterval,
            "A heartbeat has time to arrive."
        )
        precondition(configuration.reconnectBackoff.lowerBound > .zero, "Attempts to connect have pauses.")
        precondition(
            configuration.inboundNoticesMax > 0 && configuration.outboundPayloadsMax > 0,
            "Something may wait."
        )
        guard configuration.channel.wholeMatch(of: /[A-Za-z0-9_]{1,63}/) != nil else {
            throw SQLError(.syntax, "a channel's name must have 1 to 63 ASCII letters, digits and underscores")
        }
        self.settings = try PostgresSettings(url: url, connectTimeout: configuration.connectTimeout)
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// Keeps the channel open until the task is cancelled, and hands every event to `handle`, one after another.
    ///
    /// `heartbeat` makes the payload of each notice to oneself, on the channel's thread, which it may not block. It runs
    /// once at a time; it tells nothing of its own end. When it returns the connection is closed, except that an attempt to connect that is under
    /// way ends by itself later, and what it opened is closed then.
    public func run(
        heartbeat: @escaping @Sendable () -> String,
        _ handle: @Sendable (Event) async -> Void
    ) async {
        while !Task.isCancelled {
            do throws(SQLError) {
                let mailbox = try self.startThread(heartbeat)
                await withTaskCancellationHandler {
                    while let event = await mailbox.next() {
                        await handle(event)
                    }
                } onCancel: {
                    mailbox.stop()
                }
                self.mailbox.withLock { $0 = nil }
            } catch {
                self.logger.warning("no thread for notices", metadata: ["error": "\(error)"])
                await handle(.closed(error))
                // Cancelled, the loop ends.
                try? await self.clock.sleep(for: self.configuration.reconnectBackoff.upperBound)
            }
        }
    }

    /// Sends notices, in one transaction and one round trip, and returns when the server has taken them.
    ///
    /// What several callers send at the same time may go in one transaction. The server folds equal payloads of one
    /// transaction into one, and keeps the order. Cancelling the task takes nothing back; the call ends at the latest
    /// when the connection counts as dead. Throws without sending anything: `syntax` for a payload with more than
    /// `payloadBytesMax` bytes or with a zero character, `unavailable` while the channel is not open, `poolExhausted` when
    /// too many payloads wait. Throws `connectionLost` when the notices may or may not have been sent, and what the server
    /// said when it refused them.
    public func send(_ payloads: [String]) async throws {
        for payload in payloads {
            try Self.check(payload)
        }
        guard !payloads.isEmpty else { return }
        guard let mailbox = self.mailbox.withLock({ $0 }) else {
            throw SQLError(.unavailable, "notices cannot be sent: the channel does not run")
        }
        try await mailbox.send(payloads)
    }

    /// Refuses a payload that the server would refuse or libpq would cut.
    static func check(_ payload: String) throws(SQLError) {
        let byteCount = payload.utf8.count
        guard byteCount <= Self.payloadBytesMax else {
            throw SQLError(.syntax, "a notice has \(byteCount) bytes; \(Self.payloadBytesMax) are allowed")
        }
        guard !payload.utf8.contains(0) else {
            throw SQLError(.syntax, "a notice has a zero character, which cannot be sent")
        }
    }

    private func startThread(_ heartbeat: @escaping @Sendable () -> String) throws(SQLError) -> NoticeMailbox {
        let mailbox = NoticeMailbox(
            wake: try WakePipe(),
            inbox: NoticeInbox(noticesMax: self.configuration.inboundNoticesMax),
            outboxPayloadsMax: self.configuration.outboundPayloadsMax
        )
        self.mailbox.withLock { current in
            precondition(current == nil, "A channel runs once at a time.")
            current = mailbox
        }
        do throws(SQLError) {
            let (settings, configuration) = (self.settings, self.configuration)
            let (elapsed, logger) = (Self.stopwatch(self.clock), self.logger)
            try BlockingThread.start {
                NoticeThread(settings, configuration, mailbox, heartbeat, elapsed, logger).run()
                mailbox.finish()
            }
        } catch {
            self.mailbox.withLock { $0 = nil }
            throw error
        }
        return mailbox
    }

    /// Tells the time since now.
    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
