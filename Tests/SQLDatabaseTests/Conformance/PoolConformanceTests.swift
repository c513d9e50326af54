import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PoolConformanceTests {
    @Test(arguments: TestDatabase.kinds) func callerBeyondTheWaitingLimitIsRefused(kind: TestDatabase.Kind) async throws
    {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        configuration.waitersMax = 1
        try await TestDatabase.with(kind, configuration: configuration) { test in
            let database = test.database
            let blocker = Blocker()
            async let holding: Void = database.write { _ in blocker.block() }
            await blocker.arrived()
            async let waiting: Int64? = database.write { try $0.query("SELECT 1") { try $0.integer(0) }.first }
            await database.waiters(1)

            await expectError(.poolExhausted) { try await database.write { _ in } }

            #expect(database.statistics.refusals == 1)
            blocker.unblock()
            try await holding
            #expect(try await waiting == 1)
            #expect(database.statistics.waiters == 0)
        }
    }

    @Test(arguments: TestDatabase.kinds) func callerThatWaitsTooLongIsRefused(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        // Long enough for the first connection on a machine that is busy.
        configuration.acquireTimeout = .seconds(2)
        try await TestDatabase.with(kind, configuration: configuration) { test in
            let database = test.database
            let blocker = Blocker()
            async let holding: Void = database.write { _ in blocker.block() }
            await blocker.arrived()

            await expectError(.poolExhausted) { try await database.write { _ in } }

            #expect(database.statistics.refusals == 1)
            #expect(database.statistics.waiters == 0)
            blocker.unblock()
            try await holding
            try await database.write { _ in }
        }
    }

    @Test(arguments: TestDatabase.kinds) func waitersAreServedInTheirOrder(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        try await TestDatabase.with(kind, configuration: configuration) { test in
            let database = test.database
            try await database.script("CREATE TABLE t (id BIGINT, n BIGINT)")
            let blocker = Blocker()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await database.write { _ in blocker.block() } }
                await blocker.arrived()
                for number in 1...5 {
                    group.addTask {
                        try await database.write { transaction in
                            _ = try transaction.execute(
                                "INSERT INTO t SELECT count(*), $1 FROM t",
                                [.integer(Int64(number))]
                            )
                        }
                    }
                    await database.waiters(number)
                }
                blocker.unblock()
                try await group.waitForAll()
            }

            let order = try await database.read { try $0.query("SELECT n FROM t ORDER BY id") { try $0.integer(0) } }
            #expect(order == [1, 2, 3, 4, 5])
        }
    }

    @Test(arguments: TestDatabase.kinds) func closedDatabaseRefusesEverything(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            await test.database.close()
            await test.database.close()

            await expectError(.closed) { try await test.database.read { _ in } }
            await expectError(.closed) { try await test.database.write { _ in } }
            await expectError(.closed) {
                try await test.database.snapshot([SQLStatement("SELECT 1")], into: 0) { _, _, _ in }
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func closingWaitsForTheRunningTransactionAndRefusesThoseThatWait(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        try await TestDatabase.with(kind, configuration: configuration) { test in
            let database = test.database
            try await database.script("CREATE TABLE t (x BIGINT)")
            let blocker = Blocker()
            let holding = Task {
                try await database.write { transaction in
                    blocker.block()
                    return try transaction.execute("INSERT INTO t VALUES (1)")
                }
            }
            await blocker.arrived()
            let waiting = Task { try await database.write { _ in } }
            await database.waiters(1)

            async let closing: Void = database.close()

            await expectError(.closed) { try await waiting.value }
            blocker.unblock()
            #expect(try await holding.value == 1)
            await closing
            await expectError(.closed) { try await database.read { _ in } }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds) func whatWasCommittedIsThereAfterReopening(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (42)")
            await test.database.close()

            let again = try await Database.connect(test.url, logger: .silent)
            let read = try await again.integer("SELECT x FROM t")
            await again.close()

            #expect(read == 42)
        }
    }
}
