public import Logging
public import MarketStore
public import ServiceLifecycle

/// Reads the database's clock again and again beside a worker: it may be set, and another server may take over.
public struct DatabaseClockReader: Service {
    /// How often it is read.
    private static var interval: Duration { .seconds(60) }

    private let clock: DatabaseClock
    private let store: MarketStore
    private let logger: Logger

    /// Creates the reader of a clock that was read before.
    public init(_ clock: DatabaseClock, from store: MarketStore, logger: Logger) {
        self.clock = clock
        self.store = store
        self.logger = logger
    }

    /// Works until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await self.clock.sleep(Self.interval)) != nil {
                do {
                    try await self.clock.read(self.store)
                } catch {
                    if Task.isCancelled { return }
                    self.logger.debug("the database's clock could not be read: \(error)")
                }
            }
        }
    }
}
