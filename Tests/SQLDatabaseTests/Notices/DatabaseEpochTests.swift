import Foundation
import TestSupport
import Testing

@testable import SQLDatabase

/// What queries tell of the server's life, which must be what the listening connection tells.
@Suite(.timeLimit(.minutes(1)))
struct DatabaseEpochTests {
    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func queriesTellTheEpochThatTheChannelTells() async throws {
        try await TestServer.with { server in
            try await NoticeLog.with(server.url) { _, log in
                let listened = try await log.opened()
                let database = Database(driver: try await PostgresFixture.open(server.url))
                let queried = try await database.epoch()
                await database.close()

                #expect(queried == listened && queried?.timeline == 1)
            }
        }
    }

    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func promotedStandbyIsOfAnotherTimelineAndAStandbyOfNone() async throws {
        try await TestServer.with { primary in
            try await primary.withStandby { standby in
                let database = Database(driver: try await PostgresFixture.open(standby.url))
                let before = try await database.epoch()
                try await Thread.run { try standby.promote() }
                let after = try await database.epoch()
                await database.close()

                #expect(before?.timeline == nil && after?.timeline == 2)
                #expect(before?.systemIdentifier == after?.systemIdentifier)
                #expect(
                    before?.serverStartMicroseconds != nil
                        && before?.serverStartMicroseconds == after?.serverStartMicroseconds
                )
            }
        }
    }

    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func partThatTheServerRefusesToTellIsMissing() async throws {
        try await TestServer.with { server in
            let admin = try await PostgresFixture.open(server.url)
            _ = try await admin.write {
                try $0.executeScript(
                    "CREATE ROLE plain LOGIN; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"
                )
            }
            await admin.close()
            let url = server.url.replacing("tapedeck@", with: "plain@")
            let database = Database(driver: try await PostgresFixture.open(url))
            let epoch = try await database.epoch()
            await database.close()

            #expect(epoch?.systemIdentifier == nil && epoch?.timeline == 1 && epoch?.serverStartMicroseconds != nil)
        }
    }

    @Test(arguments: [TestDatabase.Kind.sqliteFile, .sqliteMemory])
    func fileHasNone(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let epoch = try await test.database.epoch()

            #expect(epoch == nil)
        }
    }
}
