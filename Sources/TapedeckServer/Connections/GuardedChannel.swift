import HummingbirdCore
import Logging
import NIOCore

/// A connection that is set up behind handlers of its own, which see the bytes as they come from the network.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    /// Makes the handler of one connection that watches how its requests come.
    let guardian: @Sendable () -> SlowRequestHandler

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([self.guardian(), LastRequestHandler()])
        }.flatMap {
            self.base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await self.base.handle(value: value, logger: logger)
    }
}
