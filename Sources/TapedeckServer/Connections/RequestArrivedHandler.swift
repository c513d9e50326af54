import NIOCore
import NIOHTTPTypes
import NIOTLS

/// Tells the handlers before it when a request has arrived as a whole, or a TLS handshake has ended.
final class RequestArrivedHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = self.unwrapInboundIn(data) {
            context.triggerUserOutboundEvent(RequestArrived(), promise: nil)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            context.triggerUserOutboundEvent(RequestArrived(), promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }
}
