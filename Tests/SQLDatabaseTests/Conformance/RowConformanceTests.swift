import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RowConformanceTests {
    @Test(arguments: TestDatabase.kinds) func columnOfAnotherTypeIsRefused(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(1) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(2) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(3) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.double(2) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.double(3) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.text(0) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.text(1) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.text(3) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.blob(0) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.blob(2) } }
        }
    }

    @Test(arguments: TestDatabase.kinds) func nullIsRefusedWhereAValueIsWanted(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(4) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.double(4) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.text(4) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.blob(4) } }
        }
    }

    @Test(arguments: TestDatabase.kinds) func refusalNamesTheColumnAndNotItsValue(kind: TestDatabase.Kind) async throws
    {
        try await Self.withTable(kind) { database in
            let error = await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(2) } }

            #expect(error?.description.contains("column 2") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test(arguments: TestDatabase.kinds) func columnThatDoesNotExistIsRefused(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.integer(5) } }
            await expectError(.unexpectedType) { try await Self.read(database) { _ = try $0.text(-1) } }
        }
    }

    @Test(arguments: TestDatabase.kinds) func booleanIsReadAsZeroOrOne(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let read = try await test.database.read { transaction in
                try transaction.query("SELECT 1 < 2, 2 < 1") { [try $0.integer(0), try $0.integer(1)] }
            }

            #expect(read == [[1, 0]])
        }
    }

    @Test(arguments: TestDatabase.kinds) func rowsComeInTheOrderOfTheQuery(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT)")
            try await test.database.write {
                let values = BulkUpsert.Values.integers((0..<5_000).map { ($0 * 7_919) % 5_000 })
                try $0.upsert(BulkUpsert(into: "t", columns: [("x", values)], onConflict: ""))
            }

            let read = try await test.database.read {
                try $0.query("SELECT x FROM t ORDER BY x DESC") { try $0.integer(0) }
            }

            #expect(read == (0..<5_000).reversed())
        }
    }

    @Test(arguments: TestDatabase.kinds) func closureThatThrowsEndsTheQuery(kind: TestDatabase.Kind) async throws {
        struct Stop: Error {}
        try await Self.withTable(kind) { database in
            let count = try await database.read { transaction in
                #expect(throws: Stop.self) { try transaction.query("SELECT i FROM t") { _ in throw Stop() } }
                // The closure's own error is not the database's: the transaction goes on.
                return try transaction.query("SELECT i FROM t") { try $0.integer(0) }.count
            }

            #expect(count == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds) func statementInsideARowClosureIsRefused(kind: TestDatabase.Kind) async throws
    {
        try await Self.withTable(kind) { database in
            await expectError(.syntax) {
                try await database.read { transaction in
                    try transaction.query("SELECT i FROM t") { _ in try transaction.execute("SELECT 1") }
                }
            }
            await expectError(.syntax) {
                try await database.read { transaction in
                    try transaction.query("SELECT i FROM t") { _ in try transaction.executeScript("SELECT 1") }
                }
            }
            let rows = try await database.read { try $0.query("SELECT i FROM t") { try $0.integer(0) } }
            #expect(rows == [1])
        }
    }

    private static func withTable(
        _ kind: TestDatabase.Kind,
        _ body: (Database) async throws -> Void
    ) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script(
                "CREATE TABLE t (i BIGINT, d DOUBLE PRECISION, s TEXT, b \(kind.blobType), n BIGINT)"
            )
            try await test.database.write {
                try $0.execute(
                    "INSERT INTO t VALUES ($1, $2, $3, $4, $5)",
                    [.integer(1), .double(2.5), .text("secret"), .blob([1]), .null]
                )
            }
            try await body(test.database)
        }
    }

    private static func read(
        _ database: Database,
        _ decode: @escaping @Sendable (any SQLRow) throws -> Void
    ) async throws {
        _ = try await database.read { try $0.query("SELECT i, d, s, b, n FROM t", row: decode) }
    }
}
