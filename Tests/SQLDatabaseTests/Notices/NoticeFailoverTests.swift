import Foundation
import Testing

@testable import SQLDatabase

/// A real standby, made with pg_basebackup, that takes its primary's place.
@Suite(.enabled(if: TestServer.isAvailable, TestServer.skipReason), .timeLimit(.minutes(1)))
struct NoticeFailoverTests {
    @Test func channelMovesToThePromotedStandbyWhoseTimelineDiffers() async throws {
        try await TestServer.with { primary in
            try await primary.withStandby { standby in
                let hosts = "host=\(standby.host),\(primary.host)"
                let url = "postgresql://tapedeck@/postgres?\(hosts)&target_session_attrs=read-write"
                try await NoticeLog.with(url) { channel, log in
                    let before = try await log.opened()
                    try await Thread.run {
                        try primary.stop()
                        try standby.promote()
                    }
                    let after = try await log.opened()
                    try await channel.send(["moved"])
                    let notices = try await log.notices(1)

                    #expect(before.systemIdentifier != nil && before.systemIdentifier == after.systemIdentifier)
                    #expect(before.timeline == 1 && after.timeline == 2)
                    #expect(before.serverStartMicroseconds != after.serverStartMicroseconds)
                    #expect(notices == ["moved"])
                }
            }
        }
    }

    @Test func standbyTakesNoListenersUntilItIsPromoted() async throws {
        try await TestServer.with { primary in
            try await primary.withStandby { standby in
                try await NoticeLog.with(standby.url) { _, log in
                    let error = try await log.closed()
                    try await Thread.run { try standby.promote() }
                    let epoch = try await log.opened()

                    #expect(error.code == .readOnly)
                    #expect(epoch.timeline == 2)
                }
            }
        }
    }
}
