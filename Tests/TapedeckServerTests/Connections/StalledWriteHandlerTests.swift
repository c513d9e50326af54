import NIOCore
import NIOEmbedded
import Testing

@testable import TapedeckServer

@Suite struct StalledWriteHandlerTests {
    /// Holds writes back, as a socket does whose peer does not read.
    private final class Dam: ChannelOutboundHandler {
        typealias OutboundIn = Any
        var held: [EventLoopPromise<Void>?] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            self.held.append(promise)
        }

        func release() {
            for promise in self.held { promise?.succeed() }
            self.held = []
        }
    }

    private func channel(_ dam: Dam) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([dam, StalledWriteHandler(timeout: .seconds(10)) {}])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test func aClientThatReadsNothingIsDisconnected() throws {
        let dam = Dam()
        let channel = try self.channel(dam)

        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))

        #expect(!channel.isActive)
        dam.release()
    }

    @Test func aClientThatReadsNowAndThenIsKept() throws {
        let dam = Dam()
        let channel = try self.channel(dam)

        for _ in 0..<10 {
            channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
            channel.embeddedEventLoop.advanceTime(by: .seconds(8))
            dam.release()
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))

        #expect(channel.isActive)
    }

    @Test func whatWasWrittenGoesBeforeTheConnectionIsClosed() throws {
        let dam = Dam()
        let channel = try self.channel(dam)

        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        let first = channel.close()
        let second = channel.close()
        #expect(channel.isActive)
        dam.release()

        try first.wait()
        try second.wait()
        #expect(!channel.isActive)
    }

    @Test func aCloseDoesNotWaitForAClientThatReadsNothing() throws {
        let dam = Dam()
        let channel = try self.channel(dam)

        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))

        #expect(!channel.isActive)
        dam.release()
    }

    @Test func aStallBehindProgressCountsFromTheProgress() throws {
        let dam = Dam()
        let channel = try self.channel(dam)

        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(6))
        dam.release()
        channel.writeAndFlush(ByteBuffer(string: "y"), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))

        #expect(!channel.isActive)
        dam.release()
    }
}
