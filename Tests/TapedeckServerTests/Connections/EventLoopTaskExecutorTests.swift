import NIOPosix
import Testing

@testable import TapedeckServer

@Suite struct EventLoopTaskExecutorTests {
    @Test func tasksAndTheirChildrenRunOnTheLoop() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

        let seen = await withTaskExecutorPreference(EventLoopTaskExecutor(eventLoop)) {
            let before = eventLoop.inEventLoop
            await Task.yield()
            async let child = Task.isCancelled || eventLoop.inEventLoop
            return [before, eventLoop.inEventLoop, await child]
        }

        #expect(seen == [true, true, true])
    }

    @Test func taskThatPrefersAnotherExecutorLeavesTheLoopAndComesBack() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

        let seen = await withTaskExecutorPreference(EventLoopTaskExecutor(eventLoop)) {
            let away = await withTaskExecutorPreference(globalConcurrentExecutor) { eventLoop.inEventLoop }
            return [away, eventLoop.inEventLoop]
        }

        #expect(seen == [false, true])
    }
}
