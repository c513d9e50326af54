import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ErrorConformanceTests {
    struct Case: Sendable, CustomStringConvertible {
        let sql: String
        let code: SQLError.Code

        var description: String { "\(self.code): \(self.sql)" }
    }

    static let cases = [
        Case(sql: "SELEC 1", code: .syntax),
        Case(sql: "INSERT INTO t (id) VALUES", code: .syntax),
        Case(sql: "SELECT * FROM missing", code: .undefinedObject),
        Case(sql: "SELECT missing FROM t", code: .undefinedObject),
        Case(sql: "SELECT missing(1)", code: .undefinedObject),
        Case(sql: "INSERT INTO t (id, missing) VALUES (1, 2)", code: .undefinedObject),
        Case(sql: "INSERT INTO t (id, name) VALUES (1, 'hidden value')", code: .uniqueViolation),
        Case(sql: "INSERT INTO t (id, name) VALUES (2, 'first')", code: .uniqueViolation),
        Case(sql: "INSERT INTO t (id, name) VALUES (2, NULL)", code: .constraintViolation),
        Case(sql: "INSERT INTO t (id, name, size) VALUES (2, 'second', -1)", code: .constraintViolation),
        Case(sql: "INSERT INTO child (parent) VALUES (99)", code: .constraintViolation),
    ]

    @Test(arguments: TestDatabase.kinds, Self.cases)
    func failureHasItsCodeAndChangesNothing(kind: TestDatabase.Kind, failing: Case) async throws {
        try await Self.withTables(kind) { database in
            let error = await expectError(failing.code) { try await database.write { try $0.execute(failing.sql) } }

            #expect(error?.sqlState != nil)
            #expect(error?.message.isEmpty == false)
            #expect(error?.description.contains("hidden value") == false)
            try await expectInteger(1, database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func errorDoesNotShowParameters(kind: TestDatabase.Kind) async throws {
        try await Self.withTables(kind) { database in
            try await database.write { try $0.execute("INSERT INTO t (id, name) VALUES ($1, $2)", Self.row(2)) }

            let error = await expectError(.uniqueViolation) {
                try await database.write { try $0.execute("INSERT INTO t (id, name) VALUES ($1, $2)", Self.row(3)) }
            }
            #expect(error.map { "\($0)".contains("hunter2") } == false)
        }
    }

    @Test(arguments: TestDatabase.kinds) func transactionControlIsRefused(kind: TestDatabase.Kind) async throws {
        try await Self.withTables(kind) { database in
            for sql in ["COMMIT", "ROLLBACK", "BEGIN", " -- a\n/* b */ commit", "SAVEPOINT a", "END"] {
                await expectError(.syntax) {
                    try await database.write { transaction in
                        try transaction.execute("INSERT INTO t (id, name) VALUES (5, 'five')")
                        try transaction.execute(sql)
                    }
                }
                try await expectInteger(1, database, "SELECT count(*) FROM t")
            }
        }
    }

    @Test(arguments: TestDatabase.kinds) func failingScriptChangesNothing(kind: TestDatabase.Kind) async throws {
        try await Self.withTables(kind) { database in
            await expectError(.undefinedObject) {
                try await database.script(
                    "CREATE TABLE u (x BIGINT); INSERT INTO missing VALUES (1); CREATE TABLE v (x BIGINT)"
                )
            }
            await expectError(.undefinedObject) { try await database.integer("SELECT count(*) FROM u") }
        }
    }

    private static func row(_ id: Int64) -> [SQLValue] { [.integer(id), .text("hunter2")] }

    private static func withTables(_ kind: TestDatabase.Kind, _ body: (Database) async throws -> Void) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script(
                """
                CREATE TABLE t (
                    id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, size BIGINT NOT NULL DEFAULT 0 CHECK (size >= 0)
                );
                CREATE TABLE child (parent BIGINT NOT NULL REFERENCES t (id));
                INSERT INTO t (id, name) VALUES (1, 'first');
                """
            )
            try await body(test.database)
        }
    }
}
