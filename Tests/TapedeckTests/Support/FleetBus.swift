import Locking
import SQLDatabase

@testable import Tapedeck

/// Carries the fleet's messages within a test, as badly as the test wants.
final class FleetBus: Sendable {
    /// One worker's end of it.
    final class Channel: FleetChannel {
        private struct State {
            var isDeaf = false
            var isDumb = false
            /// Events that were not dealt with yet.
            var pendingCount = 0
        }

        private let bus: FleetBus
        private let state = Locked(State())
        private let events: AsyncStream<NoticeChannel.Event>
        private let eventing: AsyncStream<NoticeChannel.Event>.Continuation

        fileprivate init(_ bus: FleetBus) {
            self.bus = bus
            (self.events, self.eventing) = AsyncStream.makeStream()
        }

        var hears: Bool { true }

        func run(
            heartbeat: @escaping @Sendable () -> String,
            _ handle: @Sendable (NoticeChannel.Event) async -> Void
        ) async {
            self.open()
            for await event in self.events {
                await handle(event)
                self.state.withLock { $0.pendingCount -= 1 }
            }
        }

        func send(_ payloads: [String]) async throws {
            if self.state.withLock({ $0.isDumb }) { throw SQLError(.connectionLost, "the test says so") }
            self.bus.deliver(payloads)
        }

        /// Whether everything was handed on and dealt with.
        var isQuiet: Bool { self.state.withLock { $0.pendingCount == 0 } }

        /// Loses what the others send from now on, without noticing.
        func deafen() { self.state.withLock { $0.isDeaf = true } }

        /// Hears again.
        func hear() { self.state.withLock { $0.isDeaf = false } }

        /// Cannot send from now on, or again.
        func setDumb(_ isDumb: Bool) { self.state.withLock { $0.isDumb = isDumb } }

        /// Loses the connection.
        func close() {
            self.deafen()
            self.yield(.closed(SQLError(.connectionLost, "the test says so")))
        }

        /// Has a connection again, maybe to a promoted standby.
        func open(timeline: Int64 = 1) {
            self.hear()
            let epoch = DatabaseEpoch(systemIdentifier: 1, timeline: timeline, serverStartMicroseconds: nil)
            self.yield(.opened(epoch))
        }

        private func yield(_ event: NoticeChannel.Event) {
            self.state.withLock { $0.pendingCount += 1 }
            self.eventing.yield(event)
        }

        fileprivate func take(_ payload: String) {
            guard !self.state.withLock({ $0.isDeaf }) else { return }
            self.yield(.notice(payload))
        }
    }

    private let channels = Locked<[Channel]>([])

    /// Makes another worker's end.
    func channel() -> Channel {
        let channel = Channel(self)
        self.channels.withLock { $0.append(channel) }
        return channel
    }

    private func deliver(_ payloads: [String]) {
        for channel in self.channels.withLock({ $0 }) {
            for payload in payloads { channel.take(payload) }
        }
    }
}
