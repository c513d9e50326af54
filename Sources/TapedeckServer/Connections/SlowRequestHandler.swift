import NIOCore

/// Closes a connection whose client takes too long to send a request, counted from the request's first byte.
///
/// It stands before everything that reads the bytes, where it sees them come (with TLS: the handshake's too). That a
/// request, or the handshake, has arrived as a whole it is told by `RequestArrivedHandler` behind them. A client that
/// sends nothing at all is the idle timeout's business.
final class SlowRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Any

    private let timeout: TimeAmount
    private let onCut: @Sendable () -> Void
    private var timer: Scheduled<Void>?

    /// Closes `timeout` after the first byte of a request of which the rest is missing, and calls `onCut`.
    init(timeout: Duration, onCut: @escaping @Sendable () -> Void) {
        self.timeout = TimeAmount(timeout)
        self.onCut = onCut
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.timer == nil { self.startTimer(context) }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is RequestArrived else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        self.stopTimer()
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stopTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stopTimer()
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: self.timeout) {
            let (handler, context) = bound.value
            handler.timer = nil
            handler.onCut()
            context.close(promise: nil)
        }
    }

    private func stopTimer() {
        self.timer?.cancel()
        self.timer = nil
    }
}
