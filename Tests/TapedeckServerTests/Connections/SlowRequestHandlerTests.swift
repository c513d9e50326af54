import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Testing

@testable import TapedeckServer

@Suite struct SlowRequestHandlerTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(SlowRequestHandler(timeout: .seconds(10)) {})
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandlers([HTTP1ToHTTPServerCodec(secure: false), RequestArrivedHandler()])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func send(_ text: String, to channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    @Test(arguments: [
        "GET /", "GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx",
    ])
    func aRequestThatTricklesInIsCutByItsFirstByte(begun: String) throws {
        let channel = try self.channel()

        try self.send(begun, to: channel)
        for _ in 0..<9 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try self.send("x", to: channel)
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))

        #expect(!channel.isActive)
        _ = try? channel.finish()
    }

    @Test func requestsThatArriveInTimeAreKeptHoweverLongTheirAnswersTake() throws {
        let channel = try self.channel()

        for _ in 0..<3 {
            try self.send("GET / HTTP/1.1\r\nHost: x", to: channel)
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            try self.send("\r\n\r\n", to: channel)
            channel.embeddedEventLoop.advanceTime(by: .hours(1))
        }

        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test func aConnectionWithoutARequestIsLeftToTheIdleTimeout() throws {
        let channel = try self.channel()

        channel.embeddedEventLoop.advanceTime(by: .hours(1))

        #expect(channel.isActive)
        _ = try channel.finish()
    }
}
