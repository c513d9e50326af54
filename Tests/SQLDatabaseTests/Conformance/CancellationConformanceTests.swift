import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CancellationConformanceTests {
    @Test(arguments: TestDatabase.kinds) func cancelledTaskStopsItsStatement(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            let blocker = Blocker()
            let task = Task {
                try await database.read { transaction in
                    blocker.announce()
                    _ = try transaction.execute(kind.endlessStatement)
                }
            }
            await blocker.arrived()
            task.cancel()

            await expectError(.cancelled) { try await task.value }
            try await expectInteger(7, database, "SELECT 7")
        }
    }

    @Test(arguments: TestDatabase.kinds) func cancelledWriteIsRolledBack(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            try await database.script("CREATE TABLE t (x BIGINT)")
            let blocker = Blocker()
            let task = Task {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    blocker.announce()
                    _ = try transaction.execute(kind.endlessStatement)
                }
            }
            await blocker.arrived()
            task.cancel()

            await expectError(.cancelled) { try await task.value }
            try await expectInteger(0, database, "SELECT count(*) FROM t")
            try await database.script("INSERT INTO t VALUES (2)")
        }
    }

    @Test(arguments: TestDatabase.kinds) func cancelledSnapshotStops(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            let blocker = Blocker()
            let task = Task {
                try await database.snapshot(
                    [SQLStatement("SELECT 1"), SQLStatement(kind.endlessStatement)],
                    into: 0
                ) { _, _, _ in blocker.announce() }
            }
            // On Postgres no row may arrive before the last query has ended.
            if kind != .postgres {
                await blocker.arrived()
            }
            task.cancel()

            await expectError(.cancelled) { try await task.value }
            try await expectInteger(7, database, "SELECT 7")
        }
    }

    @Test(arguments: TestDatabase.kinds) func cancelledTaskStartsNothing(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            try await database.script("CREATE TABLE t (x BIGINT)")
            let task = Task {
                // It goes on only when it has been cancelled.
                try? await Task.sleep(for: .seconds(3600))
                try await database.write { _ = try $0.execute("INSERT INTO t VALUES (1)") }
            }
            task.cancel()

            await expectError(.cancelled) { try await task.value }
            try await expectInteger(0, database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func callerThatIsCancelledWhileItWaitsLeavesTheQueue(kind: TestDatabase.Kind)
        async throws
    {
        try await Self.withOneConnection(kind) { database in
            let blocker = Blocker()
            async let holding: Void = database.write { _ in blocker.block() }
            await blocker.arrived()
            let waiting = Task { try await database.write { _ in } }
            await database.waiters(1)

            waiting.cancel()

            await expectError(.cancelled) { try await waiting.value }
            #expect(database.statistics.waiters == 0)
            blocker.unblock()
            try await holding
        }
    }

    @Test(arguments: TestDatabase.kinds) func deadlineStopsAStatement(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            await expectError(.timedOut) {
                try await database.read(timeout: .milliseconds(50)) { try $0.execute(kind.endlessStatement) }
            }
            await expectError(.timedOut) {
                try await database.snapshot(
                    [SQLStatement(kind.endlessStatement)],
                    timeout: .milliseconds(50),
                    into: 0
                ) { _, _, _ in }
            }
            try await expectInteger(7, database, "SELECT 7")
        }
    }

    @Test(arguments: TestDatabase.kinds) func deadlineRollsAWriteBack(kind: TestDatabase.Kind) async throws {
        try await Self.withOneConnection(kind) { database in
            try await database.script("CREATE TABLE t (x BIGINT)")

            await expectError(.timedOut) {
                try await database.write(timeout: .milliseconds(50)) { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    try transaction.execute(kind.endlessStatement)
                }
            }
            try await expectInteger(0, database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func deadlineIncludesTheWaitForAConnection(kind: TestDatabase.Kind)
        async throws
    {
        try await Self.withOneConnection(kind) { database in
            let blocker = Blocker()
            async let holding: Void = database.write { _ in blocker.block() }
            await blocker.arrived()

            await expectError(.timedOut) { try await database.write(timeout: .milliseconds(20)) { _ in } }

            #expect(database.statistics.waiters == 0)
            blocker.unblock()
            try await holding
        }
    }

    @Test(arguments: TestDatabase.kinds) func configuredDeadlineIsTheDefault(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        // Long enough for the first connection on a machine that is busy.
        configuration.transactionTimeout = .seconds(2)
        try await TestDatabase.with(kind, configuration: configuration) { test in
            await expectError(.timedOut) { try await test.database.write { try $0.execute(kind.endlessStatement) } }
        }
    }

    @Test(arguments: TestDatabase.kinds) func manyCancellationsLeaveThePoolUsable(kind: TestDatabase.Kind) async throws
    {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 3
        try await TestDatabase.with(kind, configuration: configuration) { test in
            var random = SeededRandom()
            for _ in 0..<20 {
                let tasks = (0..<6).map { index in
                    Task {
                        try await test.database.read { transaction in
                            if index % 2 == 0 { try transaction.execute(kind.endlessStatement) }
                            return try transaction.query("SELECT 1") { try $0.integer(0) }
                        }
                    }
                }
                for _ in 0..<Int.random(in: 0..<200, using: &random) {
                    await Task.yield()
                }
                for task in tasks {
                    task.cancel()
                }
                for task in tasks {
                    switch await task.result {
                    case .success(let rows): #expect(rows == [1])
                    case .failure(let error): #expect((error as? SQLError)?.code == .cancelled, "\(error) \(random)")
                    }
                }
            }

            try await expectInteger(7, test.database, "SELECT 7")
            #expect(test.database.statistics.connectionsInUse == 0)
            #expect(test.database.statistics.waiters == 0)
        }
    }

    private static func withOneConnection(
        _ kind: TestDatabase.Kind,
        _ body: (Database) async throws -> Void
    ) async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        try await TestDatabase.with(kind, configuration: configuration) { try await body($0.database) }
    }
}
