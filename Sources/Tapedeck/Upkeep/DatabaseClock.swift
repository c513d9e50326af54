internal import Locking
public import MarketData
public import MarketStore

/// The time of day by the database's clock, which all workers share: one whose machine's clock is wrong answers like the
/// others.
///
/// Between two readings it goes on with the elapsed time. Until the first the machine's clock stands for it.
public final class DatabaseClock: Sendable {
    /// One moment by both clocks.
    private struct Moment {
        let time: Timestamp
        let tick: Int64
    }

    private static var readingMax: Duration { .seconds(1) }

    private let elapsed: ElapsedClock
    private let machine: @Sendable () -> Timestamp
    private let moment = Locked<Moment?>(nil)

    /// Creates a clock that was not read yet; `clock` measures elapsed time, `machine` tells the machine's time of day.
    public init(clock: some Clock<Duration>, machine: @escaping @Sendable () -> Timestamp) {
        self.elapsed = ElapsedClock(clock)
        self.machine = machine
    }

    /// The time now.
    public func now() -> Timestamp {
        guard let moment = self.moment.withLock({ $0 }) else { return self.machine() }
        let passed = self.elapsed.now().subtractingSaturating(moment.tick)
        return moment.time.advancedSaturating(byNanoseconds: passed)
    }

    /// Reads the database's clock, to within half of the time that this takes.
    ///
    /// One that takes longer than `readingMax` says less than the last with the time elapsed since, and is left out unless
    /// it is the first. Throws what the database throws; then all stays as it was.
    public func read(_ store: MarketStore) async throws {
        let before = self.elapsed.now()
        let time = try await store.now()
        let spent = self.elapsed.now().subtractingSaturating(before)
        self.moment.withLock { moment in
            guard moment == nil || spent <= Self.readingMax.clampedNanoseconds else { return }
            moment = Moment(time: time, tick: before + spent / 2)
        }
    }

    func sleep(_ duration: Duration) async throws {
        try await self.elapsed.sleep(duration)
    }
}
