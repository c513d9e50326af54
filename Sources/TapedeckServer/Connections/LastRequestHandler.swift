import NIOCore

/// Lets a connection end only when no request is on it: neither one that is being answered, nor one of which a byte has
/// come, read or not.
///
/// The server tells each connection to end when it stops, and what stands behind this handler closes it then unless it
/// answers a request. This handler passes that on when the request of which something has come is complete.
final class LastRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Any

    private let isReadable: (any Channel) -> Bool
    /// Whether something came that is not yet a whole request.
    private var isArriving = false
    /// Whether the connection is to end, and that was not passed on yet.
    private var isToEnd = false

    /// `isReadable` tells whether the peer has sent what was not read yet.
    init(isReadable: @escaping (any Channel) -> Bool = SocketState.isReadable) {
        self.isReadable = isReadable
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        self.endUnlessAsked(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isArriving = true
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        self.isToEnd = true
        self.endUnlessAsked(context)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if let arrived = event as? RequestArrived {
            self.isArriving = false
            switch arrived {
            case .request: self.end(context)
            // The request may have come together with the end of the handshake.
            case .handshake: self.endSoonUnlessAsked(context)
            }
        }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    private func endSoonUnlessAsked(_ context: ChannelHandlerContext) {
        guard self.isToEnd else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.handler.endUnlessAsked(bound.value.context) }
    }

    private func endUnlessAsked(_ context: ChannelHandlerContext) {
        // A connection that is not active yet has read nothing; it comes back when it is.
        guard self.isToEnd, context.channel.isActive, !self.isArriving, !self.isReadable(context.channel) else {
            return
        }
        self.end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        guard self.isToEnd else { return }
        self.isToEnd = false
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}
