import NIOCore

/// Closes a connection whose client leaves what is sent to it unread for too long, and lets nobody close it before what was
/// written has gone.
///
/// The worker waits for a slow client before it produces more of an answer, so that a client cannot make it hold much;
/// without this handler it would wait for ever, and keep the connection.
final class StalledWriteHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private let timeout: TimeAmount
    private let onCut: @Sendable () -> Void
    private var pendingCount = 0
    /// A close that waits for what was written before it.
    private var heldClose: EventLoopPromise<Void>?
    private var lastProgress = NIODeadline.uptimeNanoseconds(0)
    /// At most one timer at a time; it looks at `lastProgress` when it fires, so that a write costs no timer.
    private var timer: Scheduled<Void>?

    /// Closes after `timeout` without a write that got through while one is pending, and calls `onCut`.
    init(timeout: Duration, onCut: @escaping @Sendable () -> Void) {
        self.timeout = TimeAmount(timeout)
        self.onCut = onCut
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        let now = context.eventLoop.now
        if self.pendingCount == 0 { self.lastProgress = now }
        self.pendingCount += 1
        if self.timer == nil { self.startTimer(context, deadline: now + self.timeout) }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.pendingCount -= 1
            handler.lastProgress = context.eventLoop.now
            if handler.pendingCount == 0 { handler.releaseClose(context) }
        }
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, self.pendingCount > 0 else { return context.close(mode: mode, promise: promise) }
        if let held = self.heldClose {
            held.futureResult.cascade(to: promise)
        } else {
            self.heldClose = promise ?? context.eventLoop.makePromise()
            context.flush()
        }
    }

    private func releaseClose(_ context: ChannelHandlerContext) {
        guard let promise = self.heldClose else { return }
        self.heldClose = nil
        context.close(promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        self.releaseClose(context)
    }

    private func startTimer(_ context: ChannelHandlerContext, deadline: NIODeadline) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(deadline: deadline) {
            bound.value.handler.timerFired(bound.value.context)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        self.timer = nil
        guard self.pendingCount > 0 else { return }
        let deadline = self.lastProgress + self.timeout
        if context.eventLoop.now >= deadline {
            self.onCut()
            context.close(promise: nil)
        } else {
            self.startTimer(context, deadline: deadline)
        }
    }
}
