import TestSupport
import Testing

@testable import SQLDatabase

/// What several processes do with one SQLite file, with one `Database` in the place of each.
@Suite(.timeLimit(.minutes(1))) struct SQLiteLockingTests {
    @Test func writerWaitsForTheLockOfAnother() async throws {
        try await Self.withTwo { first, second in
            let blocker = Blocker()
            async let holding: Void = first.write { transaction in
                try transaction.execute("UPDATE c SET n = n + 1")
                blocker.block()
            }
            await blocker.arrived()
            async let waiting = second.write { try $0.execute("UPDATE c SET n = n * 10") }
            while second.statistics.connectionsInUse == 0 { await Task.yield() }
            blocker.unblock()

            try await holding
            #expect(try await waiting == 1)
            try await expectInteger(10, first, "SELECT n FROM c")
        }
    }

    @Test func writerThatWaitsTooLongIsTold() async throws {
        var configuration = Database.Configuration()
        configuration.busyTimeout = .milliseconds(20)
        try await Self.withTwo(configuration) { first, second in
            let blocker = Blocker()
            async let holding: Void = first.write { _ in blocker.block() }
            await blocker.arrived()

            await expectError(.busy) { try await second.write { _ in } }

            blocker.unblock()
            try await holding
            try await second.write { _ in }
        }
    }

    @Test func waitForTheLockEndsWithTheTask() async throws {
        try await Self.withTwo { first, second in
            let blocker = Blocker()
            async let holding: Void = first.write { _ in blocker.block() }
            await blocker.arrived()
            let waiting = Task { try await second.write { _ in } }
            while second.statistics.connectionsInUse == 0 { await Task.yield() }

            waiting.cancel()

            await expectError(.cancelled) { try await waiting.value }
            blocker.unblock()
            try await holding
        }
    }

    @Test func waitForTheLockEndsWithTheDeadline() async throws {
        try await Self.withTwo { first, second in
            let blocker = Blocker()
            async let holding: Void = first.write { _ in blocker.block() }
            await blocker.arrived()

            await expectError(.timedOut) { try await second.write(timeout: .milliseconds(20)) { _ in } }

            blocker.unblock()
            try await holding
        }
    }

    @Test func readersDoNotWaitForTheLock() async throws {
        try await Self.withTwo { first, second in
            let blocker = Blocker()
            async let holding: Void = first.write { transaction in
                try transaction.execute("UPDATE c SET n = 5")
                blocker.block()
            }
            await blocker.arrived()

            try await expectInteger(0, second, "SELECT n FROM c")

            blocker.unblock()
            try await holding
            try await expectInteger(5, second, "SELECT n FROM c")
        }
    }

    @Test func transactionThatReadsFirstLosesNoUpdate() async throws {
        try await Self.withTwo { first, second in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for database in [first, second, first, second] {
                    group.addTask {
                        for _ in 0..<25 {
                            try await database.write { transaction in
                                let old = try transaction.query("SELECT n FROM c") { try $0.integer(0) }[0]
                                try transaction.execute("UPDATE c SET n = $1", [.integer(old + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }

            try await expectInteger(100, first, "SELECT n FROM c")
        }
    }

    private static func withTwo(
        _ configuration: Database.Configuration = Database.Configuration(),
        _ body: (Database, Database) async throws -> Void
    ) async throws {
        try await TestDatabase.with(.sqliteFile, configuration: configuration) { test in
            try await test.database.script("CREATE TABLE c (n BIGINT); INSERT INTO c VALUES (0)")
            let second = try await Database.connect(test.url, configuration: configuration, logger: .silent)
            do {
                try await body(test.database, second)
                await second.close()
            } catch {
                await second.close()
                throw error
            }
        }
    }
}
