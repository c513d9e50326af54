public import Logging
public import MarketData
public import ServiceLifecycle

/// Looks after the database beside a worker: removes what the retention does not keep once a day, and each hour packs old
/// bars and notes the database's size.
///
/// What fails is logged and done again the next time.
public struct DatabaseUpkeep: Service {
    /// How often the size is noted; several workers together note it once an hour.
    private static var sizeInterval: Duration { .seconds(3_600) }

    private let cache: MarketDataCache
    private let clock: ElapsedClock
    private let wallClock: @Sendable () -> Timestamp
    private let share: Double
    private let logger: Logger

    /// Creates the upkeep of the cache's database.
    ///
    /// `share`, 0 to below 1, spreads the workers of a fleet over the hour; a worker draws it at random.
    public init(
        cache: MarketDataCache,
        clock: some Clock<Duration>,
        wallClock: @escaping @Sendable () -> Timestamp,
        share: Double,
        logger: Logger
    ) {
        self.cache = cache
        self.clock = ElapsedClock(clock)
        self.wallClock = wallClock
        self.share = share
        self.logger = logger
    }

    /// Works until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.applyRetentions() }
                group.addTask { await self.noteSizes() }
                group.addTask { await self.packBars() }
            }
        }
    }

    private func applyRetentions() async {
        var schedule = UpkeepSchedule.daily(share: self.share)
        while true {
            do {
                try await self.clock.sleep(schedule.wait(now: self.wallClock()))
            } catch {
                return
            }
            do {
                let rows = try await self.cache.applyRetention()
                self.logger.info("past quotes looked through", metadata: ["rows_removed": "\(rows)"])
            } catch {
                if Task.isCancelled { return }
                self.logger.warning("past quotes could not be removed; it is tried again tomorrow: \(error)")
            }
        }
    }

    private func packBars() async {
        guard let packer = BarPacker(core: self.cache.core) else { return }
        var schedule = UpkeepSchedule.hourly(share: self.share)
        while (try? await self.clock.sleep(schedule.wait(now: self.wallClock()))) != nil {
            await packer.run()
        }
    }

    private func noteSizes() async {
        while true {
            do {
                try await self.cache.noteDatabaseSize()
            } catch {
                if Task.isCancelled { return }
                self.logger.warning("the database's size could not be noted: \(error)")
            }
            do {
                try await self.clock.sleep(Self.sizeInterval)
            } catch {
                return
            }
        }
    }
}
