internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Synchronization

/// Tells the other workers what this one has stored.
///
/// Nothing waits for it, and nothing fails with it: what cannot be told is found when versions are compared.
final class FleetSender: Sendable {
    private struct State {
        var coalescer: NoticeCoalescer
        /// The number of the last message begun.
        var number: Int64 = 0
        /// The number of the last message that was sent.
        var sentNumber: Int64 = 0
        var sentCount = 0
        var failedCount = 0
    }

    let id: WorkerID
    private let channel: (any FleetChannel)?
    private let memory: BarMemory
    private let peers: Locked<PeerTable>
    private let configuration: FleetConfiguration
    private let clock: ElapsedClock
    private let logger: Logger
    private let state: Locked<State>
    private let wakes: AsyncStream<Void>
    private let waking: AsyncStream<Void>.Continuation

    init(
        id: WorkerID,
        channel: (any FleetChannel)?,
        memory: BarMemory,
        peers: Locked<PeerTable>,
        configuration: FleetConfiguration,
        clock: ElapsedClock,
        logger: Logger
    ) {
        self.id = id
        self.channel = channel
        self.memory = memory
        self.peers = peers
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.state = Locked(State(coalescer: NoticeCoalescer(entriesMax: configuration.noticesMax)))
        (self.wakes, self.waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Messages sent, and attempts to send that failed, since the start.
    var counts: (sent: Int, failed: Int) { self.state.withLock { ($0.sentCount, $0.failedCount) } }

    /// Whether everything was told.
    var isQuiet: Bool { self.state.withLock { $0.coalescer.isQuiet } }

    /// The text of a heartbeat: by its number others see that they missed the last message.
    func heartbeat() -> String {
        FleetMessage(sender: self.id, number: self.state.withLock { $0.sentNumber }, entries: []).text
    }

    /// Tells that a range of a series was stored; others bring it into memory if `isWarm`.
    func tell<Record>(_ outcome: StoreOutcome<Record>, of series: Series, _ range: TimeRange, isWarm: Bool) {
        guard self.channel != nil, outcome.hasRaisedVersion, let id = outcome.seriesID else { return }
        let tick = self.clock.now()
        let horizon = isWarm ? self.memory.freshHorizon(series, tick: tick) : nil
        self.tell(
            .stored(
                StoredNotice(
                    seriesID: id,
                    versions: outcome.version...outcome.version,
                    range: range,
                    isWarm: isWarm,
                    horizon: horizon.map { SharedHorizon($0, databaseNow: outcome.databaseNow, tick: tick) }
                )
            )
        )
    }

    /// Tells something as soon as the channel takes it.
    func tell(_ entry: FleetMessage.Entry) {
        guard self.channel != nil else { return }
        if self.state.withLock({ $0.coalescer.add(entry) }) { self.waking.yield() }
    }

    /// Sends what is to be told until the task is cancelled.
    func runUntilCancelled(_ channel: any FleetChannel) async {
        for await _ in self.wakes {
            while let wait = await self.sendWaiting(channel) {
                do {
                    try await self.clock.sleep(wait)
                } catch {
                    return
                }
            }
        }
    }

    /// Sends all that waits to be told, within `farewellTimeout`: for the end of the process.
    func flush() async {
        guard let channel = self.channel else { return }
        let deadlineTick = self.clock.now().addingSaturating(self.configuration.farewellTimeout.clampedNanoseconds)
        while !self.isQuiet, self.clock.now() < deadlineTick {
            // Without an answer something is under way already.
            let wait = await self.sendWaiting(channel) ?? self.configuration.noticeInterval.lowerBound
            guard !self.isQuiet else { return }
            do {
                try await self.clock.sleep(wait)
            } catch {
                return
            }
        }
    }

    /// Tells what waits to be told, and that the worker leaves, so that the others do not count it any more.
    func leave() async {
        guard let channel = self.channel else { return }
        await self.flush()
        // Where that could not be told, neither can this; the others notice the silence.
        guard self.isQuiet else { return }
        let message = FleetMessage(sender: self.id, number: self.nextNumber(), entries: [.leaving])
        do {
            try await channel.send([message.text])
        } catch {
            self.logger.debug("the others could not be told of the end", metadata: ["error": "\(error)"])
        }
    }

    /// Sends what waits together, and answers how long to wait before more is sent; nil when nothing is to be sent now.
    private func sendWaiting(_ channel: any FleetChannel) async -> Duration? {
        guard let entries = self.state.withLock({ $0.coalescer.begin() }) else { return nil }
        let messages = FleetMessage.messages(of: entries, from: self.id, nextNumber: self.nextNumber)
        do {
            try await channel.send(messages.map(\.text))
            self.state.withLock { state in
                state.coalescer.end(isSent: true)
                state.sentCount += messages.count
                state.sentNumber = messages.last?.number ?? state.sentNumber
            }
            let tick = self.clock.now()
            let talkers = self.peers.withLock { $0.talkers(tick: tick) }
            return min(
                self.configuration.noticeInterval.lowerBound * (1 + talkers),
                self.configuration.noticeInterval.upperBound
            )
        } catch {
            self.state.withLock { state in
                state.coalescer.end(isSent: false)
                state.failedCount += 1
            }
            self.logger.debug("a notice could not be sent and is tried again", metadata: ["error": "\(error)"])
            return self.configuration.noticeRetryInterval
        }
    }

    private func nextNumber() -> Int64 {
        self.state.withLock { state in
            state.number += 1
            return state.number
        }
    }
}
