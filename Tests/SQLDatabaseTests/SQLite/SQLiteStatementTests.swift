import SQLDatabase
import TestSupport
import Testing

/// What SQLite alone accepts or refuses: its columns hold values of any type.
@Suite(.timeLimit(.minutes(1))) struct SQLiteStatementTests {
    @Test func integerIsReadAsADoubleWhereThatIsExact() async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            let read = try await test.database.read {
                try $0.query("SELECT 9007199254740992, -3") { [try $0.double(0), try $0.double(1)] }
            }

            #expect(read == [[9_007_199_254_740_992, -3]])
            await expectError(.unexpectedType) {
                try await test.database.read { try $0.query("SELECT 9007199254740993") { try $0.double(0) } }
            }
        }
    }

    @Test func doubleIsNotReadAsAnInteger() async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.unexpectedType) {
                try await test.database.read { try $0.query("SELECT 1.0") { try $0.integer(0) } }
            }
        }
    }

    @Test func rowKeptBeyondItsClosureIsRefused() async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.unexpectedType) {
                try await test.database.read { transaction in
                    let rows = try transaction.query("SELECT 1") { $0 }
                    return try rows[0].integer(0)
                }
            }
        }
    }

    @Test func doubleQuotedNamesAreNeverTexts() async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.undefinedObject) { try await test.database.integer("SELECT length(\"missing\")") }
        }
    }

    @Test(arguments: [
        "SELECT ?", "SELECT ?1", "SELECT :a", "SELECT @a", "SELECT $a", "SELECT $2", "SELECT $0", "SELECT $1::x",
    ])
    func otherKindsOfParametersAreRefused(sql: String) async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.syntax) { try await test.database.read { try $0.query(sql, [.integer(1)]) { _ in } } }
        }
    }

    @Test(arguments: ["", "  ", "-- nothing", ";", "/* nothing */;"])
    func emptyStatementIsRefused(sql: String) async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.syntax) { try await test.database.read { try $0.query(sql) { _ in } } }
            try await test.database.script(sql)
        }
    }

    @Test func parameterWithoutAPlaceIsRefused() async throws {
        try await TestDatabase.with(.sqliteMemory) { test in
            await expectError(.syntax) {
                try await test.database.read { try $0.query("SELECT $1", [.integer(1), .integer(2)]) { _ in } }
            }
        }
    }
}
