import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransactionConformanceTests {
    private struct Stop: Error {}

    @Test(arguments: TestDatabase.kinds) func transactionCommitsWhenItsClosureReturns(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")

            let changed = try await test.database.write { try $0.execute("INSERT INTO t VALUES (1), (2)") }

            #expect(changed == 2)
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func transactionRollsBackWhenItsClosureThrows(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")

            await #expect(throws: Stop.self) {
                try await test.database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    try transaction.executeScript("CREATE TABLE other (x BIGINT)")
                    throw Stop()
                }
            }

            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
            await expectError(.undefinedObject) { try await test.database.integer("SELECT count(*) FROM other") }
            try await test.database.script("INSERT INTO t VALUES (2)")
            try await expectInteger(2, test.database, "SELECT CAST(sum(x) AS BIGINT) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func transactionSeesItsOwnChanges(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")

            let seen = try await test.database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (5)")
                return try transaction.query("SELECT x FROM t") { try $0.integer(0) }
            }

            #expect(seen == [5])
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func changesAreInvisibleToOthersUntilTheCommit(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")
            let blocker = Blocker()
            async let writing: Void = test.database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                blocker.block()
            }
            await blocker.arrived()

            let before = try await test.database.integer("SELECT count(*) FROM t")
            blocker.unblock()
            try await writing
            let after = try await test.database.integer("SELECT count(*) FROM t")

            #expect(before == 0)
            #expect(after == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func failedStatementDoomsTheTransactionEvenIfItsErrorIsSwallowed(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT PRIMARY KEY)")

            await #expect(throws: SQLError.self) {
                try await test.database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    #expect(throws: SQLError.self) { try transaction.execute("INSERT INTO t VALUES (1)") }
                    #expect(throws: SQLError.self) { try transaction.execute("INSERT INTO t VALUES (2)") }
                }
            }

            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func readingTransactionCannotWrite(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")

            await expectError(.readOnly) { try await test.database.read { try $0.execute("INSERT INTO t VALUES (1)") } }
            await expectError(.readOnly) {
                try await test.database.read { try $0.executeScript("CREATE TABLE u (x BIGINT)") }
            }

            try await test.database.script("INSERT INTO t VALUES (2)")
            try await expectInteger(2, test.database, "SELECT CAST(sum(x) AS BIGINT) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func changedRowsAreCounted(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let counts = try await test.database.write { transaction in
                [
                    try transaction.execute("CREATE TABLE t (x BIGINT)"),
                    try transaction.execute("INSERT INTO t VALUES (1), (2), (3)"),
                    try transaction.execute("CREATE TABLE u (x BIGINT)"),
                    try transaction.execute("UPDATE t SET x = x + 1 WHERE x >= $1", [.integer(2)]),
                    try transaction.execute("UPDATE t SET x = 0 WHERE x > 100"),
                    try transaction.execute("DELETE FROM t"),
                ]
            }

            #expect(counts == [0, 3, 0, 2, 0, 3])
        }
    }

    @Test(arguments: TestDatabase.kinds) func insertedRowsCanBeReturned(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let returned = try await test.database.write { transaction in
                try transaction.execute("CREATE TABLE t (x BIGINT)")
                return try transaction.query("INSERT INTO t VALUES ($1), (2) RETURNING x * 10", [.integer(1)]) {
                    try $0.integer(0)
                }
            }

            #expect(returned.sorted() == [10, 20])
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func transactionKeptBeyondItsClosureIsRefused(kind: TestDatabase.Kind)
        async throws
    {
        final class Keeper: @unchecked Sendable {
            // Written inside the closure, read after it has returned.
            var transaction: (any SQLTransaction)?
        }
        try await TestDatabase.with(kind) { test in
            let keeper = Keeper()
            try await test.database.write { keeper.transaction = $0 }

            await expectError(.closed) { try keeper.transaction?.execute("CREATE TABLE t (x BIGINT)") }
        }
    }

    @Test(arguments: TestDatabase.kinds) func dialectIsKnown(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let inside = try await test.database.read { $0.dialect }

            #expect(inside == (kind == .postgres ? .postgres : .sqlite))
            #expect(test.database.dialect == inside)
        }
    }
}
