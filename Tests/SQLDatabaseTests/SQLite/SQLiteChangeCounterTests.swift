import Foundation
import TestSupport
import Testing

@testable import SQLDatabase

@Suite(.timeLimit(.minutes(1))) struct SQLiteChangeCounterTests {
    @Test func counterDiffersAfterACommitOfThisDatabaseAndOfAnother() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            let other = try await Database.connect(test.url, logger: .silent)
            try await other.script("CREATE TABLE t (x BIGINT)")
            let first = try #require(try await test.database.changeCounter())
            let unchanged = try #require(try await test.database.changeCounter())
            try await other.script("INSERT INTO t VALUES (1)")
            let afterOther = try #require(try await test.database.changeCounter())
            try await test.database.script("INSERT INTO t VALUES (2)")
            let afterOwn = try #require(try await test.database.changeCounter())
            try await expectInteger(2, other, "SELECT count(*) FROM t")
            let afterRead = try #require(try await test.database.changeCounter())
            await other.close()

            #expect(unchanged == first)
            #expect(afterOther > first && afterOwn > afterOther)
            #expect(afterRead == afterOwn)
        }
    }

    @Test func counterIsTheSameAfterARollback() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")
            let before = try await test.database.changeCounter()

            await expectError(.syntax) {
                try await test.database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    try transaction.execute("no statement")
                }
            }

            let after = try await test.database.changeCounter()
            #expect(before != nil && before == after)
        }
    }

    @Test func counterIsToldWhileAWriterAndAllReadersAreBusy() async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        try await TestDatabase.with(.sqliteFile, configuration: configuration) { test in
            let before = try await test.database.changeCounter()
            let blocker = Blocker()
            async let writing: Void = test.database.write { transaction in
                try transaction.execute("CREATE TABLE t (x BIGINT)")
                blocker.block()
            }
            async let reading: Void = test.database.read { _ in blocker.block() }
            await blocker.arrived(2)

            let during = try await test.database.changeCounter()
            blocker.unblock(2)
            try await writing
            try await reading
            let after = try await test.database.changeCounter()

            #expect(before != nil && before == during)
            #expect(before != after)
        }
    }

    @Test(arguments: TestDatabase.kinds.filter { $0 != .sqliteFile })
    func databaseThatIsNoFileHasNoCounter(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let counter = try await test.database.changeCounter()

            #expect(counter == nil)
        }
    }

    @Test func closedDatabaseHasNoCounterAndNoConnection() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            _ = try await test.database.changeCounter()
            _ = try await test.database.changeCounter()
            let connections = test.database.statistics.connections
            await test.database.close()

            #expect(connections == 2)
            #expect(test.database.statistics.connections == 0)
            await expectError(.closed) { try await test.database.changeCounter() }
        }
    }
}
