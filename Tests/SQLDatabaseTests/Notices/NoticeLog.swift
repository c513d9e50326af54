import Logging
import TestSupport

@testable import SQLDatabase

/// The events of a channel that runs while a test uses it, in order; one task reads them.
final class NoticeLog: Sendable {
    private let events: AsyncStream<NoticeChannel.Event>
    private let sink: AsyncStream<NoticeChannel.Event>.Continuation

    private init() {
        (self.events, self.sink) = AsyncStream.makeStream()
    }

    /// A channel of the server that no other test uses.
    static func freshName() -> String { "test_\(UInt64.random(in: 0 ... .max))" }

    /// Lends a channel that runs and its log.
    ///
    /// The heartbeat's payload is `beat`. Each event goes to `handle` after the log.
    static func with<Value: Sendable>(
        _ url: String,
        channel name: String = NoticeLog.freshName(),
        configure: (inout NoticeChannel.Configuration) -> Void = { _ in },
        heartbeat: @escaping @Sendable () -> String = { "beat" },
        clock: any Clock<Duration> = ContinuousClock(),
        handle: @escaping @Sendable (NoticeChannel.Event) async -> Void = { _ in },
        _ body: (NoticeChannel, NoticeLog) async throws -> Value
    ) async throws -> Value {
        var configuration = NoticeChannel.Configuration()
        configuration.channel = name
        configure(&configuration)
        let channel = try NoticeChannel(
            url: url,
            configuration: configuration,
            clock: clock,
            logger: .silent
        )
        let log = NoticeLog()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await channel.run(heartbeat: heartbeat) { event in
                    log.sink.yield(event)
                    await handle(event)
                }
                log.sink.finish()
            }
            defer { group.cancelAll() }
            return try await body(channel, log)
        }
    }

    /// The next event that `choose` takes; those before it are dropped.
    func first<Value>(_ choose: (NoticeChannel.Event) -> Value?) async throws -> Value {
        for await event in self.events {
            if let value = choose(event) { return value }
        }
        throw SQLError(.closed, "the channel stopped before")
    }

    /// Waits until the channel is open.
    @discardableResult
    func opened() async throws -> DatabaseEpoch {
        try await self.first { event in
            if case .opened(let epoch) = event { epoch } else { nil }
        }
    }

    /// Waits until the channel is closed.
    func closed() async throws -> SQLError {
        try await self.first { event in
            if case .closed(let error) = event { error } else { nil }
        }
    }

    /// Waits for as many notices; heartbeats are left out.
    func notices(_ count: Int) async throws -> [String] {
        var notices: [String] = []
        while notices.count < count {
            let notice = try await self.first { event in
                if case .notice(let payload) = event, payload != "beat" { payload } else { nil }
            }
            notices.append(notice)
        }
        return notices
    }
}
