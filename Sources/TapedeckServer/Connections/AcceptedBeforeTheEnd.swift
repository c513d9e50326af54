import Locking
import NIOCore
import ServiceLifecycle

/// Holds the end of the server back until it has accepted the connections that were made before the worker was told to
/// stop.
///
/// The system makes connections on its own and keeps them until they are accepted; those that are left when the listening
/// socket is closed it resets, with whatever was sent on them.
final class AcceptedBeforeTheEnd: Service {
    /// How often it is looked at most: as many milliseconds.
    private static let looksMax = 1_000

    private let eventLoops: any EventLoopGroup
    private let clock: any Clock<Duration>
    private let listener = Locked<(any Channel)?>(nil)

    /// `eventLoops` are those on which connections are served.
    init(eventLoops: any EventLoopGroup, clock: any Clock<Duration>) {
        self.eventLoops = eventLoops
        self.clock = clock
    }

    /// Tells on which channel connections come.
    func listens(on channel: any Channel) {
        self.listener.withLock { $0 = channel }
    }

    /// Returns after graceful shutdown was asked for, when no connection waits or after a second, and those that were
    /// accepted are set up.
    func run() async throws {
        try await gracefulShutdown()
        guard let listener = self.listener.withLock({ $0 }) else { return }
        for _ in 0..<Self.looksMax {
            let isWaitedFor = try await listener.eventLoop.submit {
                guard !SocketState.isReadable(listener) else { return true }
                try listener.syncOptions?.setOption(.autoRead, value: false)
                return false
            }.get()
            guard isWaitedFor else { break }
            try await self.clock.sleep(for: .milliseconds(1))
        }
        // A connection is set up on its own event loop, and given to the server on the listener's. One that is set up
        // while the listener is closed would end the process (NIO demands that its channel is used): so nothing more is
        // accepted, and the last is waited for.
        try await listener.setOption(.autoRead, value: false).get()
        for eventLoop in self.eventLoops.makeIterator() {
            try await eventLoop.submit {}.get()
        }
        try await listener.eventLoop.submit {}.get()
    }
}
