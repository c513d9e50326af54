import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SnapshotConformanceTests {
    @Test(arguments: TestDatabase.kinds) func rowsCarryTheIndexOfTheirQuery(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1), (2), (3)")

            let read = try await test.database.snapshot(
                [
                    SQLStatement("SELECT x FROM t WHERE x >= $1 ORDER BY x", [.integer(2)]),
                    SQLStatement("SELECT x FROM t WHERE x > 100"),
                    SQLStatement("SELECT count(*) FROM t"),
                ],
                into: [[Int64]]()
            ) { $0.append([Int64($1), try $2.integer(0)]) }

            #expect(read == [[0, 2], [0, 3], [2, 3]])
        }
    }

    @Test(arguments: TestDatabase.kinds) func noQueriesAreNoRows(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let untouched = try await test.database.snapshot([], into: 7) { value, _, _ in value += 1 }

            #expect(untouched == 7)
        }
    }

    @Test(arguments: TestDatabase.kinds) func failingQueryFailsTheSnapshot(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            await expectError(.undefinedObject) {
                try await test.database.snapshot(
                    [SQLStatement("SELECT 1"), SQLStatement("SELECT x FROM missing"), SQLStatement("SELECT 2")],
                    into: 0
                ) { count, _, _ in count += 1 }
            }
            try await expectInteger(1, test.database, "SELECT 1")
        }
    }

    @Test(arguments: TestDatabase.kinds) func closureThatThrowsFailsTheSnapshot(kind: TestDatabase.Kind) async throws {
        struct Stop: Error {}
        try await TestDatabase.with(kind) { test in
            await #expect(throws: Stop.self) {
                try await test.database.snapshot([SQLStatement("SELECT 1"), SQLStatement("SELECT 2")], into: 0) {
                    _,
                    _,
                    _ in
                    throw Stop()
                }
            }
            try await expectInteger(1, test.database, "SELECT 1")
        }
    }

    @Test(arguments: TestDatabase.kinds) func snapshotCannotWrite(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")

            await expectError(.readOnly) {
                try await test.database.snapshot([SQLStatement("INSERT INTO t VALUES (1) RETURNING x")], into: 0) {
                    _,
                    _,
                    _ in
                }
            }
            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func readingTransactionKeepsItsSnapshotWhileAnotherCommits(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1)")
            let blocker = Blocker()
            async let reading = test.database.read { transaction in
                let before = try transaction.query("SELECT count(*) FROM t") { try $0.integer(0) }
                blocker.block()
                return before + (try transaction.query("SELECT count(*) FROM t") { try $0.integer(0) })
            }
            await blocker.arrived()

            try await test.database.script("INSERT INTO t VALUES (2)")
            blocker.unblock()

            #expect(try await reading == [1, 1])
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func queriesOfASnapshotAgreeWhileAnotherWrites(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script(
                "CREATE TABLE a (x BIGINT); CREATE TABLE b (x BIGINT); INSERT INTO a VALUES (0); INSERT INTO b VALUES (0)"
            )

            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<200 {
                        try await test.database.write { transaction in
                            try transaction.execute("UPDATE a SET x = x + 1")
                            try transaction.execute("UPDATE b SET x = x - 1")
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let sum = try await test.database.snapshot(
                            [SQLStatement("SELECT x FROM a"), SQLStatement("SELECT x FROM b")],
                            into: Int64(0)
                        ) { $0 += try $2.integer(0) }
                        #expect(sum == 0)
                    }
                }
                try await group.waitForAll()
            }
            try await expectInteger(200, test.database, "SELECT x FROM a")
        }
    }
}
