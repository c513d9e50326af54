import HummingbirdCore
import Logging
import NIOCore

/// A connection that is set up behind a handler of its own, which sees the bytes as they come from the network.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    /// Makes the handler of one connection.
    let guardian: @Sendable () -> SlowRequestHandler

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(self.guardian())
        }.flatMap {
            self.base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await self.base.handle(value: value, logger: logger)
    }
}
