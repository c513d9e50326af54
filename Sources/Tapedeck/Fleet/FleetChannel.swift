internal import SQLDatabase

/// What carries the fleet's messages: Postgres' notices, or in tests something that loses them.
protocol FleetChannel: Sendable {
    /// Hands what is heard to `handle`, one after the other, until the task is cancelled.
    ///
    /// `heartbeat` makes the texts by which the channel hears that it still hears.
    func run(
        heartbeat: @escaping @Sendable () -> String,
        _ handle: @Sendable (NoticeChannel.Event) async -> Void
    ) async
    /// Sends texts to everyone, the sender included; throws what keeps them from being sent.
    func send(_ payloads: [String]) async throws
}

extension NoticeChannel: FleetChannel {}
