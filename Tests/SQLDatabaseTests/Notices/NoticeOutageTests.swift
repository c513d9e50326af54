import Foundation
import TestSupport
import Testing

@testable import SQLDatabase

/// What a channel does when its connection breaks, stalls, or cannot be had.
@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct NoticeOutageTests {
    /// Lends an address that names its application, and a database beside the channel.
    private static func withServer(_ body: (String, String, PostgresDriver) async throws -> Void) async throws {
        try await PostgresSchema.testsAtOnce.withPermit {
            let name = NoticeLog.freshName()
            let observer = try await PostgresFixture.open(try PostgresFixture.address([:]))
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await body(try PostgresFixture.address(["application_name": name]), name, observer)
                )
            } catch {
                result = .failure(error)
            }
            await observer.close()
            try result.get()
        }
    }

    /// The processes of the server that serve an application.
    private static func backends(_ application: String, _ observer: PostgresDriver) async throws -> [Int64] {
        try await observer.read { transaction in
            try transaction.query(
                "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity WHERE application_name = $1",
                [.text(application)]
            ) { try $0.integer(0) }
        }
    }

    private static func sensitive(_ configuration: inout NoticeChannel.Configuration) {
        configuration.heartbeatInterval = .milliseconds(50)
        configuration.heartbeatTimeout = .seconds(1)
    }

    @Test func terminatedConnectionIsReplacedAndTheEpochIsTheSame() async throws {
        try await Self.withServer { url, name, observer in
            try await NoticeLog.with(url) { channel, log in
                let before = try await log.opened()
                let backends = try await Self.backends(name, observer)
                _ = try await observer.read {
                    try $0.execute("SELECT pg_terminate_backend($1::int, 5000)", [.integer(backends[0])])
                }
                let error = try await log.closed()
                let after = try await log.opened()
                try await channel.send(["again"])
                let notices = try await log.notices(1)

                #expect(backends.count == 1)
                #expect(error.code == .connectionLost)
                #expect(before == after)
                #expect(before.systemIdentifier != nil && before.timeline != nil)
                #expect(before.serverStartMicroseconds != nil)
                #expect(notices == ["again"])
            }
        }
    }

    @Test func listenerThatHasSentIsLeftInNoTransaction() async throws {
        try await Self.withServer { url, name, observer in
            try await NoticeLog.with(url) { channel, log in
                try await log.opened()
                try await channel.send(["a"])
                _ = try await log.notices(1)
                var state = "active"
                // The answer to a notice is sent before the process says that it is idle.
                while state == "active" {
                    state = try await observer.read { transaction in
                        try transaction.query(
                            "SELECT state FROM pg_stat_activity WHERE application_name = $1",
                            [.text(name)]
                        ) { try $0.text(0) }[0]
                    }
                }

                #expect(state == "idle")
            }
        }
    }

    @Test func silenceIsMeasuredByTheGivenClock() async throws {
        try await Self.withServer { url, _, _ in
            let clock = ManualClock()
            try await NoticeLog.with(url, clock: clock) { channel, log in
                try await log.opened()
                clock.advance(by: .seconds(4.9))
                try await channel.send(["in time"])
                _ = try await log.notices(1)
                clock.advance(by: .seconds(4.9))
                try await channel.send(["in time again"])
                _ = try await log.notices(1)
                clock.advance(by: .seconds(5))
                let sending = await thrownSQLError { try await channel.send(["too late"]) }
                let error = try await log.closed()

                #expect(sending.code == .connectionLost)
                #expect(error.message.contains("no notice to oneself came back for 5.0 seconds"))
            }
        }
    }

    @Test func stalledLinkIsNoticedByTheMissingHeartbeat() async throws {
        try await PostgresProxy.with { proxy, url in
            try await NoticeLog.with(url, configure: Self.sensitive) { channel, log in
                try await log.opened()
                proxy.setBehaviour(.stallOpenConnections)
                async let lost = thrownSQLError { try await channel.send(["into the void"]) }
                let error = try await log.closed()
                let sending = await lost
                try await log.opened()
                try await channel.send(["again"])
                let notices = try await log.notices(1)

                #expect(error.code == .connectionLost && error.message.contains("no notice to oneself"))
                #expect(sending.code == .connectionLost)
                #expect(notices == ["again"])
                #expect(proxy.connectionCount == 2)
            }
        }
    }

    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func frozenServerProcessIsNoticedByTheMissingHeartbeat() async throws {
        try await TestServer.with { server in
            let name = NoticeLog.freshName()
            let observer = try await PostgresFixture.open(server.url)
            try await NoticeLog.with("\(server.url)&application_name=\(name)", configure: Self.sensitive) { _, log in
                try await log.opened()
                let process = pid_t(try await Self.backends(name, observer)[0])
                kill(process, SIGSTOP)
                defer { kill(process, SIGCONT) }
                let error = try await log.closed()
                try await log.opened()

                #expect(error.code == .connectionLost && error.message.contains("no notice to oneself"))
            }
            await observer.close()
        }
    }

    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func restartedServerHasAnotherEpoch() async throws {
        try await TestServer.with { server in
            try await NoticeLog.with(server.url) { channel, log in
                let before = try await log.opened()
                try await Thread.run { try server.restart() }
                let after = try await log.opened()
                try await channel.send(["again"])
                let notices = try await log.notices(1)

                #expect(before.systemIdentifier == after.systemIdentifier)
                #expect(before.timeline == 1 && after.timeline == 1)
                #expect(before.serverStartMicroseconds != after.serverStartMicroseconds)
                #expect(notices == ["again"])
            }
        }
    }

    @Test(.enabled(if: PgBouncer.isAvailable, PgBouncer.skipReason))
    func poolerIsToldApartAndNoneOfItsConnectionsListens() async throws {
        try await PostgresSchema.testsAtOnce.withPermit {
            try await PgBouncer.with { url in
                try await NoticeLog.with(url) { channel, log in
                    let error = try await log.closed()
                    let sending = await thrownSQLError { try await channel.send(["x"]) }
                    let driver = try await PostgresFixture.open(url)
                    let listening = try await driver.read {
                        try $0.query("SELECT count(*) FROM pg_listening_channels()") { try $0.integer(0) }
                    }
                    let commit = try await driver.read {
                        try $0.query("SELECT reset_val = setting FROM pg_settings WHERE name = 'synchronous_commit'") {
                            try $0.integer(0)
                        }
                    }
                    await driver.close()

                    #expect(error.code == .noticesUnheard)
                    #expect(error.message.contains("is this a pooler in transaction mode?"))
                    #expect(sending.code == .unavailable)
                    #expect(listening == [0] && commit == [1])
                }
            }
        }
    }

    @Test func noticesThatNobodyHandlesCloseTheChannelAndOpenItAgain() async throws {
        try await Self.withServer { url, application, observer in
            let name = NoticeLog.freshName()
            let blocker = Blocker()
            let handle: @Sendable (NoticeChannel.Event) async -> Void = { event in
                guard case .notice("stop") = event else { return }
                try? await Thread.run { blocker.block() }
            }
            try await NoticeLog.with(
                url,
                channel: name,
                configure: { $0.inboundNoticesMax = 10 },
                handle: handle
            ) { _, stuck in
                try await NoticeLog.with(try PostgresFixture.address([:]), channel: name) { sender, log in
                    try await stuck.opened()
                    try await log.opened()
                    let backends = try await Self.backends(application, observer)
                    try await sender.send(["stop"])
                    await blocker.arrived()
                    defer { blocker.unblock() }
                    try await sender.send((0..<100).map { "\($0)" })
                    while try await Self.backends(application, observer) == backends {}
                }
                let error = try await stuck.closed()
                try await stuck.opened()

                #expect(error.code == .poolExhausted && error.message.contains("10 notices wait"))
            }
        }
    }

    @Test func cancelledChannelHasClosedItsConnection() async throws {
        try await Self.withServer { url, name, observer in
            let channel = try await NoticeLog.with(url) { channel, log in
                try await log.opened()
                let backends = try await Self.backends(name, observer)
                #expect(backends.count == 1)
                return channel
            }
            let sending = await thrownSQLError { try await channel.send(["x"]) }
            // The server's process ends a moment after its client has gone.
            while try await !Self.backends(name, observer).isEmpty {}

            #expect(sending.code == .unavailable)
        }
    }

    @Test func cancelledChannelDoesNotWaitForAnAttemptToConnect() async throws {
        try await PostgresProxy.with { proxy, url in
            proxy.setBehaviour(.stall)
            try await NoticeLog.with(url, configure: { $0.connectTimeout = .seconds(3_600) }) { _, _ in
                while proxy.connectionCount == 0 { await Task.yield() }
            }
        }
    }

    @Test func channelMayRunAgain() async throws {
        try await Self.withServer { url, _, _ in
            let channel = try NoticeChannel(url: url, logger: .silent)
            for _ in 1...3 {
                let (opened, sink) = AsyncStream<Void>.makeStream()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await channel.run(heartbeat: { "beat" }) { event in
                            if case .opened = event { sink.yield() }
                        }
                    }
                    for await _ in opened { break }
                    try await channel.send(["x"])
                    group.cancelAll()
                }
            }
        }
    }
}
