import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOTLS

/// Tells the handlers before it when a request has arrived as a whole, or a TLS handshake has ended; and tells the client
/// with the last answer of a connection that it is the last.
final class RequestArrivedHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Whether the connection ends with the answer to what has come.
    private var isToEnd = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = self.unwrapInboundIn(data) {
            context.triggerUserOutboundEvent(RequestArrived.request, promise: nil)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { self.isToEnd = true }
        if case TLSUserEvent.handshakeCompleted = event {
            context.triggerUserOutboundEvent(RequestArrived.handshake, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.isToEnd, case .head(var head) = self.unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        head.headerFields[.connection] = "close"
        context.write(self.wrapOutboundOut(.head(head)), promise: promise)
    }
}

/// What `RequestArrivedHandler` tells the handlers before it.
enum RequestArrived: Sendable {
    case request
    case handshake
}
