internal import MarketStore
internal import SQLDatabase

/// What carries the fleet's messages: Postgres' notices, or in tests something that loses them.
protocol FleetChannel: Sendable {
    /// Whether others can be heard.
    var hears: Bool { get }
    /// Hands what is heard to `handle`, one after the other, until the task is cancelled; returns at once when nothing can
    /// be heard.
    ///
    /// `heartbeat` makes the texts by which the channel hears that it still hears.
    func run(
        heartbeat: @escaping @Sendable () -> String,
        _ handle: @Sendable (NoticeChannel.Event) async -> Void
    ) async
    /// Sends texts to everyone, the sender included; throws what keeps them from being sent.
    func send(_ payloads: [String]) async throws
}

/// Postgres' notices: heard over a connection of their own, and sent over it too while it is open, else over one of the
/// store's connections.
///
/// So a worker that hears nothing, as behind a pooler or with its listening connection lost, still tells the others what
/// it stores.
struct PostgresFleetChannel: FleetChannel {
    /// nil where listening is switched off.
    let notices: NoticeChannel?
    let store: MarketStore
    /// How long sending over one of the store's connections may take.
    let sendTimeout: Duration

    var hears: Bool { self.notices != nil }

    func run(
        heartbeat: @escaping @Sendable () -> String,
        _ handle: @Sendable (NoticeChannel.Event) async -> Void
    ) async {
        await self.notices?.run(heartbeat: heartbeat, handle)
    }

    func send(_ payloads: [String]) async throws {
        if let notices = self.notices {
            do {
                return try await notices.send(payloads)
            } catch let error as SQLError where error.isOutage {
                // The connection may be gone, or may have taken them: what comes twice changes nothing.
            }
        }
        try await self.store.notify(payloads, timeout: self.sendTimeout)
    }
}
