import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ParameterConformanceTests {
    @Test(arguments: TestDatabase.kinds) func parameterMayBeUsedTwiceAndOutOfOrder(kind: TestDatabase.Kind) async throws
    {
        let row = try await Self.integers(
            "SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT)",
            [.integer(10), .integer(20)],
            kind
        )

        #expect(row == [20, 10, 20])
    }

    @Test(arguments: TestDatabase.kinds) func tenthParameterIsNotTheFirst(kind: TestDatabase.Kind) async throws {
        let list = (1...12).reversed().map { "CAST($\($0) AS BIGINT)" }.joined(separator: ", ")

        let row = try await Self.integers("SELECT \(list)", (1...12).map { .integer($0) }, kind)

        #expect(row == (1...12).reversed())
    }

    @Test(arguments: TestDatabase.kinds)
    func whatLooksLikeAParameterInTextsAndCommentsIsLeftAlone(kind: TestDatabase.Kind) async throws {
        let sql = """
            SELECT '$1 ''$2', CAST($1 AS BIGINT) AS "a $3" -- $4
                /* $5 ; */
            """
        let rows = try await TestDatabase.with(kind) { test in
            try await test.database.read { transaction in
                try transaction.query(sql, [.integer(7)]) { (try $0.text(0), try $0.integer(1)) }
            }
        }

        #expect(rows.map(\.0) == ["$1 '$2"])
        #expect(rows.map(\.1) == [7])
    }

    @Test(arguments: TestDatabase.kinds) func sameStatementTakesNewParameters(kind: TestDatabase.Kind) async throws {
        let read = try await TestDatabase.with(kind) { test in
            try await test.database.read { transaction in
                try (0..<5).flatMap { number in
                    try transaction.query("SELECT CAST($1 AS BIGINT) + 1", [.integer(number)]) { try $0.integer(0) }
                }
            }
        }

        #expect(read == [1, 2, 3, 4, 5])
    }

    @Test(arguments: TestDatabase.kinds, [0, 1])
    func missingParameterIsRefused(kind: TestDatabase.Kind, count: Int) async throws {
        try await TestDatabase.with(kind) { test in
            await expectError(.syntax) {
                try await test.database.read { transaction in
                    try transaction.query(
                        "SELECT CAST($1 AS BIGINT) + CAST($2 AS BIGINT)",
                        Array(repeating: .integer(1), count: count)
                    ) { _ in }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func severalStatementsAtOnceAreRefusedOutsideScripts(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            await expectError(.syntax) {
                try await test.database.write { try $0.execute("CREATE TABLE a (x BIGINT); CREATE TABLE b (x BIGINT)") }
            }
            await expectError(.undefinedObject) { try await test.database.integer("SELECT count(*) FROM a") }
        }
    }

    @Test(arguments: TestDatabase.kinds) func scriptRunsAllItsStatements(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script(
                """
                -- a comment; with a semicolon
                CREATE TABLE a (x BIGINT);
                INSERT INTO a VALUES (1);; /* another; one */
                INSERT INTO a SELECT x + 1 FROM a;
                -- the end
                """
            )

            try await expectInteger(3, test.database, "SELECT CAST(sum(x) AS BIGINT) FROM a")
        }
    }

    @Test(arguments: TestDatabase.kinds) func manyDifferentStatementsRun(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.preparedStatementsMax = 3

        let read = try await TestDatabase.with(kind, configuration: configuration) { test in
            try await test.database.read { transaction in
                try (0..<40).flatMap { number in
                    try transaction.query("SELECT \(number % 10) + CAST($1 AS BIGINT)", [.integer(100)]) {
                        try $0.integer(0)
                    }
                }
            }
        }

        #expect(read == (0..<40).map { Int64($0 % 10 + 100) })
    }

    @Test(arguments: TestDatabase.kinds) func statementsRunWithoutBeingPrepared(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.usesPreparedStatements = false
        configuration.preparedStatementsMax = 0

        let read = try await TestDatabase.with(kind, configuration: configuration) { test in
            try await test.database.read { transaction in
                try (0..<3).flatMap { _ in
                    try transaction.query("SELECT CAST($1 AS BIGINT)", [.integer(5)]) { try $0.integer(0) }
                }
            }
        }

        #expect(read == [5, 5, 5])
    }

    private static func integers(
        _ sql: String,
        _ parameters: [SQLValue],
        _ kind: TestDatabase.Kind
    ) async throws -> [Int64]? {
        try await TestDatabase.with(kind) { test in
            try await test.database.read { transaction in
                try transaction.query(sql, parameters) { row in
                    try (0..<row.columnCount).map { try row.integer($0) }
                }
            }
        }
        .first
    }
}
