import TestSupport
import Testing

@testable import SQLDatabase

@Suite(.timeLimit(.minutes(1))) struct SQLiteDeadlineTests {
    @Test func statementRunsUntilTheClockPassesTheDeadline() async throws {
        let clock = ManualClock()
        let database = try await Self.open(clock)
        let blocker = Blocker()
        let running = Task {
            try await database.read(timeout: .seconds(30)) { transaction in
                blocker.announce()
                _ = try transaction.execute(TestDatabase.Kind.sqliteMemory.endlessStatement)
            }
        }
        await blocker.arrived()

        clock.advance(by: .seconds(29))
        #expect(database.statistics.connectionsInUse == 1)
        clock.advance(by: .seconds(1))

        let error = await expectError(.timedOut) { try await running.value }
        #expect(error?.message.contains("30.0 seconds") == true)
        await database.close()
    }

    @Test func bulkUpsertStopsAtTheDeadline() async throws {
        let clock = ManualClock()
        let database = try await Self.open(clock)
        try await database.script("CREATE TABLE t (x BIGINT)")

        await expectError(.timedOut) {
            try await database.write(timeout: .seconds(30)) { transaction in
                clock.advance(by: .seconds(31))
                try transaction.upsert(BulkUpsert(into: "t", columns: [("x", .integers([1, 2]))], onConflict: ""))
            }
        }

        try await expectInteger(0, database, "SELECT count(*) FROM t")
        await database.close()
    }

    @Test func transactionThatFinishesTooLateIsNotCommitted() async throws {
        let clock = ManualClock()
        let database = try await Self.open(clock)
        try await database.script("CREATE TABLE t (x BIGINT)")

        await expectError(.timedOut) {
            try await database.write(timeout: .seconds(30)) { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                clock.advance(by: .seconds(31))
            }
        }

        try await expectInteger(0, database, "SELECT count(*) FROM t")
        await database.close()
    }

    @Test func closureThatIsCancelledBetweenStatementsIsNotCommitted() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")
            let blocker = Blocker()
            let task = Task {
                try await test.database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    blocker.block()
                }
            }
            await blocker.arrived()
            task.cancel()
            blocker.unblock()

            await expectError(.cancelled) { try await task.value }
            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
        }
    }

    private static func open(_ clock: ManualClock) async throws -> Database {
        Database(driver: try await SQLiteDriver.open(.memory, configuration: .init(), clock: clock))
    }
}
