import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Testing

@testable import TapedeckServer

@Suite struct LastRequestHandlerTests {
    /// Stands for the server: closes when it is told to end, unless a request is being answered; then afterwards.
    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = HTTPRequestPart
        typealias OutboundOut = HTTPResponsePart
        private var isAsked = false
        private(set) var isToEnd = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = self.unwrapInboundIn(data) { self.isAsked = true }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard event is ChannelShouldQuiesceEvent else { return }
            self.isToEnd = true
            if !self.isAsked { context.close(promise: nil) }
        }
    }

    private final class Unread {
        var isThere = false
    }

    private let answerer = Answerer()
    private let unread = Unread()

    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(LastRequestHandler(isReadable: { [unread] _ in unread.isThere }))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandlers([HTTP1ToHTTPServerCodec(secure: false), RequestArrivedHandler(), self.answerer])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func send(_ text: String, to channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    private func answer(on channel: EmbeddedChannel) throws -> String {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    private func end(_ channel: EmbeddedChannel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    @Test func anIdleConnectionEndsAtOnce() throws {
        let channel = try self.channel()
        try self.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", to: channel)
        #expect(try !self.answer(on: channel).lowercased().contains("connection: close"))
        let idle = try self.channelWithoutRequest()

        self.end(idle)

        #expect(!idle.isActive)
        _ = try channel.finish()
    }

    private func channelWithoutRequest() throws -> EmbeddedChannel {
        try LastRequestHandlerTests().channel()
    }

    @Test func aRequestOfWhichAPartHasComeIsAnsweredAsTheLast() throws {
        let channel = try self.channel()
        try self.send("GET / HTTP/1.1\r\nHo", to: channel)

        self.end(channel)
        #expect(channel.isActive && !self.answerer.isToEnd)
        try self.send("st: x\r\n\r\n", to: channel)

        #expect(channel.isActive && self.answerer.isToEnd)
        #expect(try self.answer(on: channel).lowercased().contains("connection: close"))
        _ = try channel.finish()
    }

    @Test func aRequestThatWasSentAndNotReadIsAnsweredAsTheLast() throws {
        let channel = try self.channel()
        self.unread.isThere = true

        self.end(channel)
        #expect(channel.isActive)
        self.unread.isThere = false
        try self.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", to: channel)

        #expect(channel.isActive && self.answerer.isToEnd)
        #expect(try self.answer(on: channel).lowercased().contains("connection: close"))
        _ = try channel.finish()
    }

    @Test func aRequestThatIsBeingAnsweredIsTheLast() throws {
        let channel = try self.channel()
        try self.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", to: channel)

        self.end(channel)

        #expect(channel.isActive && self.answerer.isToEnd)
        #expect(try self.answer(on: channel).lowercased().contains("connection: close"))
        _ = try channel.finish()
    }
}
