import Foundation
import Locking
import TestSupport
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct NoticeChannelTests {
    /// Lends the server's address when it is the test's turn.
    private static func withServer(_ body: (String) async throws -> Void) async throws {
        try await PostgresSchema.testsAtOnce.withPermit { try await body(try PostgresFixture.address([:])) }
    }

    @Test func noticesArriveInOrderAlsoAtTheirSender() async throws {
        try await Self.withServer { url in
            let name = NoticeLog.freshName()
            try await NoticeLog.with(url, channel: name) { sender, own in
                try await NoticeLog.with(url, channel: name) { _, other in
                    try await own.opened()
                    try await other.opened()
                    let payloads = (0..<200).map { "notice \($0)" }

                    for payload in payloads { try await sender.send([payload]) }

                    let ownNotices = try await own.notices(200)
                    #expect(ownNotices == payloads)
                    let otherNotices = try await other.notices(200)
                    #expect(otherNotices == payloads)
                }
            }
        }
    }

    @Test func noticesOfAnotherChannelAreNotHeard() async throws {
        try await Self.withServer { url in
            try await NoticeLog.with(url) { sender, own in
                try await NoticeLog.with(url) { other, log in
                    try await own.opened()
                    try await log.opened()
                    try await sender.send(["elsewhere"])
                    _ = try await own.notices(1)

                    try await other.send(["here"])

                    let notices = try await log.notices(1)
                    #expect(notices == ["here"])
                }
            }
        }
    }

    @Test func payloadsOfOneCallGoInOneTransactionWhichFoldsEqualOnes() async throws {
        try await Self.withServer { url in
            try await NoticeLog.with(url) { channel, log in
                try await log.opened()

                try await channel.send(["b", "a", "", "b", "ü"])
                try await channel.send(["b"])

                let notices = try await log.notices(5)
                #expect(notices == ["b", "a", "", "ü", "b"])
            }
        }
    }

    @Test func longestPayloadArrivesAndALongerOneIsRefusedBeforeAnythingIsSent() async throws {
        try await Self.withServer { url in
            try await NoticeLog.with(url) { channel, log in
                try await log.opened()
                let longest = String(repeating: "ü", count: 3_999) + "x"
                #expect(longest.utf8.count == NoticeChannel.payloadBytesMax)

                let tooLong = await thrownSQLError { try await channel.send(["first", longest + "x"]) }
                let withZero = await thrownSQLError { try await channel.send(["first", "a\0b"]) }
                try await channel.send([longest])
                try await channel.send([])

                #expect(tooLong.code == .syntax && tooLong.message.contains("8000 bytes; 7999 are allowed"))
                #expect(withZero.code == .syntax)
                let notices = try await log.notices(1)
                #expect(notices == [longest])
            }
        }
    }

    @Test func everySenderOfManyIsAnsweredAndHeard() async throws {
        try await Self.withServer { url in
            try await NoticeLog.with(url) { channel, log in
                try await log.opened()

                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sender in 0..<50 {
                        group.addTask {
                            for index in 0..<20 { try await channel.send(["\(sender) \(index)"]) }
                        }
                    }
                    try await group.waitForAll()
                }

                let notices = try await log.notices(1_000).map { $0.split(separator: " ").compactMap { Int($0) } }
                for sender in 0..<50 {
                    #expect(notices.filter { $0[0] == sender }.map { $0[1] } == Array(0..<20))
                }
            }
        }
    }

    @Test func heartbeatsAreHeardByOthers() async throws {
        try await Self.withServer { url in
            let name = NoticeLog.freshName()
            let count = Locked(0)
            let beat: @Sendable () -> String = {
                count.withLock { count in
                    count += 1
                    return "\(count)"
                }
            }
            try await NoticeLog.with(url, channel: name) { _, log in
                try await log.opened()
                try await NoticeLog.with(
                    url,
                    channel: name,
                    configure: { $0.heartbeatInterval = .milliseconds(5) },
                    heartbeat: beat
                ) { _, _ in
                    // The first is the notice by which the channel proves that it hears.
                    let notices = try await log.notices(4)
                    #expect(notices == ["1", "2", "3", "4"])
                }
            }
        }
    }

    @Test func channelThatIsNotOpenSendsNothing() async throws {
        try await Self.withServer { url in
            let channel = try NoticeChannel(url: url, logger: .silent)
            let before = await thrownSQLError { try await channel.send(["x"]) }
            let after = try await NoticeLog.with("postgresql://tapedeck@127.0.0.1:1/none") { channel, log in
                _ = try await log.closed()
                return await thrownSQLError { try await channel.send(["x"]) }
            }

            #expect(before.code == .unavailable && before.message.contains("does not run"))
            #expect(after.code == .unavailable && after.message.contains("is not open"))
        }
    }

    @Test func channelWithAnAddressOrANameThatIsNoneIsRefused() {
        func error(_ url: String, _ name: String) -> SQLError? {
            var configuration = NoticeChannel.Configuration()
            configuration.channel = name
            do throws(SQLError) {
                _ = try NoticeChannel(url: url, configuration: configuration, logger: .silent)
                return nil
            } catch {
                return error
            }
        }
        let url = "postgresql://localhost/x"

        #expect(error("sqlite:x.db", "a")?.code == .invalidURL)
        #expect(error("postgresql://user:pa@ss@localhost/x", "a")?.message.contains("ss@") == false)
        for name in ["", "a-b", "a\"b", "ä", "a b", String(repeating: "x", count: 64)] {
            #expect(error(url, name)?.code == .syntax)
        }
        #expect(error(url, String(repeating: "x", count: 63)) == nil)
    }

    @Test func wrongPasswordIsToldWithoutThePassword() async throws {
        try await Self.withServer { _ in
            let url = try PostgresFixture.address(["user": "with_password", "password": "secret-word"])
            try await NoticeLog.with(url) { _, log in
                let error = try await log.closed()

                #expect(error.code == .authenticationFailed)
                #expect(!"\(error)".contains("secret-word"))
            }
        }
    }

    @Test func heartbeatThatCannotBeSentIsTold() async throws {
        try await Self.withServer { url in
            try await NoticeLog.with(url, heartbeat: { String(repeating: "x", count: 8_000) }) { _, log in
                let error = try await log.closed()

                #expect(error.code == .syntax && error.message.contains("7999"))
            }
        }
    }

    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func partOfTheEpochThatTheServerRefusesToTellIsMissing() async throws {
        try await TestServer.with { server in
            let admin = try await PostgresFixture.open(server.url)
            _ = try await admin.write {
                try $0.executeScript(
                    "CREATE ROLE plain LOGIN; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"
                )
            }
            await admin.close()
            let url = server.url.replacing("tapedeck@", with: "plain@")
            try await NoticeLog.with(url) { channel, log in
                let epoch = try await log.opened()
                try await channel.send(["heard"])
                let notices = try await log.notices(1)

                #expect(epoch.systemIdentifier == nil && epoch.timeline == 1 && epoch.serverStartMicroseconds != nil)
                #expect(epoch.description.contains("system ?, timeline 1, started at "))
                #expect(notices == ["heard"])
            }
        }
    }
}
