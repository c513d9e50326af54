internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

/// Takes in what the other workers have stored: keeps memory as new as the database.
///
/// A notice is only a hint of where to look. What memory holds is compared with the series' versions whenever one may
/// have been missed.
final class FleetReceiver: Sendable {
    struct State {
        var warming: WarmingQueue
        /// Series by the number of their row.
        var names: [Int64: Series] = [:]
        /// The life of the server that the listening connection led to last, and that of the last comparison.
        var listenedEpoch: DatabaseEpoch?
        var comparedEpoch: DatabaseEpoch?
        var isListening = false
        /// Whether memory is to be compared with the database as soon as possible.
        var mustCompare = false
        var figures = FleetFigures()
    }

    let store: GuardedStore
    let memory: BarMemory
    let latest: QuoteMemory
    let board: ChangeBoard
    let peers: Locked<PeerTable>
    let sender: FleetSender
    let channel: (any FleetChannel)?
    let configuration: FleetConfiguration
    let clock: ElapsedClock
    let logger: Logger
    let state: Locked<State>
    let wakes: AsyncStream<Void>
    let waking: AsyncStream<Void>.Continuation

    init(
        channel: (any FleetChannel)?,
        sender: FleetSender,
        store: GuardedStore,
        memory: BarMemory,
        latest: QuoteMemory,
        board: ChangeBoard,
        peers: Locked<PeerTable>,
        configuration: FleetConfiguration,
        clock: ElapsedClock,
        logger: Logger
    ) {
        self.store = store
        self.memory = memory
        self.latest = latest
        self.board = board
        self.peers = peers
        self.sender = sender
        self.channel = channel
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.state = Locked(
            State(
                warming: WarmingQueue(
                    jobsMax: configuration.warmingSeriesMax,
                    batchMax: configuration.warmingBatchSeriesMax,
                    barsMax: configuration.warmingBarsMax
                )
            )
        )
        (self.wakes, self.waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What was heard and done since the start.
    var figures: FleetFigures {
        var figures = self.state.withLock { state in
            var figures = state.figures
            figures.isListening = state.isListening
            return figures
        }
        let tick = self.clock.now()
        (figures.peers, figures.isAlone) = self.peers.withLock { ($0.count(tick: tick), $0.isAlone(tick: tick)) }
        return figures
    }

    /// Speaks, listens, compares and warms until the task is cancelled.
    func runUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            if let channel = self.channel {
                group.addTask { await channel.run(heartbeat: self.sender.heartbeat) { await self.take($0) } }
                group.addTask { await self.sender.runUntilCancelled(channel) }
            }
            group.addTask { await self.watchUntilCancelled() }
            group.addTask { await self.warmUntilCancelled() }
        }
    }

    /// Counts and logs a look at the database that failed.
    func noteFailure(_ error: any Error, _ what: String) {
        guard !error.isCancellation else { return }
        self.state.withLock { $0.figures.failures += 1 }
        self.logger.warning("\(what)", metadata: ["error": "\(error)"])
    }
}
