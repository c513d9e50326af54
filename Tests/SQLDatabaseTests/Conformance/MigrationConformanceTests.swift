import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct MigrationConformanceTests {
    private static let first = Migration(number: 1, name: "create_t", sql: "CREATE TABLE t (x BIGINT);")
    private static let second = Migration(
        number: 2,
        name: "fill_t",
        sql: "INSERT INTO t VALUES (1); -- one\nINSERT INTO t VALUES (2);"
    )
    private static let third = Migration(number: 3, name: "create_u", sql: "CREATE TABLE u (y BIGINT)")

    @Test(arguments: TestDatabase.kinds) func emptyDatabaseGetsAllMigrations(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let migrator = Migrator(migrations: [Self.first, Self.second])
            let before = try await migrator.status(test.database)

            let applied = try await migrator.migrate(test.database)

            #expect(before.applied.isEmpty)
            #expect(before.pending == [Self.first, Self.second])
            #expect(applied.map(\.description) == ["0001_create_t", "0002_fill_t"])
            #expect(applied.map(\.checksum) == [Self.first.checksum, Self.second.checksum])
            // 2020 to 2100: a plausible time in the right unit.
            #expect(applied.allSatisfy { 1_577_836_800_000_000_000..<4_102_444_800_000_000_000 ~= $0.appliedAtNanos })
            try await expectInteger(3, test.database, "SELECT CAST(sum(x) AS BIGINT) FROM t")
            #expect(try await migrator.status(test.database) == MigrationStatus(applied: applied, pending: []))
        }
    }

    @Test(arguments: TestDatabase.kinds) func currentDatabaseIsLeftAlone(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let migrator = Migrator(migrations: [Self.first, Self.second])
            _ = try await migrator.migrate(test.database)

            let again = try await migrator.migrate(test.database)

            #expect(again.isEmpty)
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
            #expect(try await migrator.status(test.database).isCurrent)
        }
    }

    @Test(arguments: TestDatabase.kinds) func olderDatabaseGetsTheRest(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            _ = try await Migrator(migrations: [Self.first]).migrate(test.database)
            let migrator = Migrator(migrations: [Self.first, Self.second, Self.third])
            let pending = try await migrator.status(test.database).pending

            let applied = try await migrator.migrate(test.database)

            #expect(pending == [Self.second, Self.third])
            #expect(applied.map(\.number) == [2, 3])
        }
    }

    @Test(arguments: TestDatabase.kinds) func tenTasksMayMigrateAtOnce(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await Self.migrateAll(test.database) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(counts.reduce(0, +) == 3)
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.sharedKinds) func tenProcessesMayMigrateAtOnce(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let database = try await Database.connect(test.url, logger: .silent)
                        let count = try await Self.migrateAll(database)
                        await database.close()
                        return count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(counts.reduce(0, +) == 3)
            try await expectInteger(2, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func changedOldMigrationIsRefusedByName(kind: TestDatabase.Kind) async throws {
        let changed = Migration(number: 1, name: "create_t", sql: "CREATE TABLE t (x BIGINT, y BIGINT);")
        try await Self.refusal(kind, having: [Self.first], of: [changed, Self.second]) { error in
            #expect(error?.message.contains("0001_create_t was changed") == true)
        }
    }

    @Test(arguments: TestDatabase.kinds) func renamedOldMigrationIsRefused(kind: TestDatabase.Kind) async throws {
        let renamed = Migration(number: 1, name: "make_t", sql: Self.first.sql)
        try await Self.refusal(kind, having: [Self.first], of: [renamed, Self.second]) { error in
            #expect(error?.message.contains("0001_create_t") == true)
            #expect(error?.message.contains("0001_make_t") == true)
        }
    }

    @Test(arguments: TestDatabase.kinds) func newerDatabaseIsRefusedByName(kind: TestDatabase.Kind) async throws {
        try await Self.refusal(kind, having: [Self.first, Self.second], of: [Self.first]) { error in
            #expect(error?.message.contains("newer than this program") == true)
            #expect(error?.message.contains("0002_fill_t") == true)
        }
    }

    @Test(arguments: TestDatabase.kinds) func gapInTheProgramIsRefused(kind: TestDatabase.Kind) async throws {
        try await Self.refusal(kind, having: [], of: [Self.first, Self.third]) { error in
            #expect(error?.message.contains("0003_create_u") == true)
        }
    }

    @Test(arguments: TestDatabase.kinds) func gapInTheDatabaseIsRefused(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let all = [Self.first, Self.second, Self.third]
            _ = try await Migrator(migrations: [Self.first, Self.second]).migrate(test.database)
            try await test.database.script("DELETE FROM schema_migrations WHERE number = 1")

            let error = await expectError(.migration) { try await Migrator(migrations: all).migrate(test.database) }

            #expect(error?.message.contains("0002_fill_t") == true)
            await expectError(.undefinedObject) { try await test.database.integer("SELECT count(*) FROM u") }
        }
    }

    @Test(arguments: TestDatabase.kinds) func failingMigrationLeavesNoTrace(kind: TestDatabase.Kind) async throws {
        let failing = Migration(
            number: 2,
            name: "breaks",
            sql: "CREATE TABLE v (x BIGINT); INSERT INTO t VALUES (9); INSERT INTO missing VALUES (1);"
        )
        try await TestDatabase.with(kind) { test in
            let migrator = Migrator(migrations: [Self.first, failing, Self.third])

            let error = await expectError(.migration) { try await migrator.migrate(test.database) }

            #expect(error?.message.contains("0002_breaks") == true)
            #expect(error?.message.contains("missing") == true)
            #expect(try await migrator.status(test.database).applied.map(\.number) == [1])
            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
            await expectError(.undefinedObject) { try await test.database.integer("SELECT count(*) FROM v") }
            // The corrected step goes on from there.
            let applied = try await Migrator(migrations: [Self.first, Self.second]).migrate(test.database)
            #expect(applied.map(\.number) == [2])
        }
    }

    @Test(arguments: TestDatabase.kinds) func halfAppliedStepOfAnotherToolIsRefused(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT, extra BIGINT)")

            let error = await expectError(.migration) {
                try await Migrator(migrations: [Self.first]).migrate(test.database)
            }

            #expect(error?.message.contains("0001_create_t") == true)
            await expectError(.undefinedObject) {
                try await test.database.integer("SELECT count(*) FROM schema_migrations")
            }
        }
    }

    @Test(arguments: TestDatabase.kinds) func migrationCannotEndItsTransaction(kind: TestDatabase.Kind) async throws {
        let committing = Migration(number: 1, name: "commits", sql: "CREATE TABLE t (x BIGINT); COMMIT; SELECT 1;")
        try await TestDatabase.with(kind) { test in
            let error = await expectError(.migration) {
                try await Migrator(migrations: [committing]).migrate(test.database)
            }

            #expect(error?.message.contains("0001_commits") == true)
            await expectError(.undefinedObject) { try await test.database.integer("SELECT count(*) FROM t") }
        }
    }

    @Test(arguments: TestDatabase.kinds) func statusChangesNothing(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            _ = try await Migrator(migrations: [Self.first]).status(test.database)

            await expectError(.undefinedObject) {
                try await test.database.integer("SELECT count(*) FROM schema_migrations")
            }
        }
    }

    private static func migrateAll(_ database: Database) async throws -> Int {
        try await Migrator(migrations: [Self.first, Self.second, Self.third]).migrate(database).count
    }

    /// Expects migrating and asking for the status to be refused alike, with nothing changed.
    private static func refusal(
        _ kind: TestDatabase.Kind,
        having old: [Migration],
        of new: [Migration],
        _ check: (SQLError?) -> Void
    ) async throws {
        try await TestDatabase.with(kind) { test in
            _ = try await Migrator(migrations: old).migrate(test.database)

            check(await expectError(.migration) { try await Migrator(migrations: new).migrate(test.database) })
            check(await expectError(.migration) { try await Migrator(migrations: new).status(test.database) })

            let status = try await Migrator(migrations: old).status(test.database)
            #expect(status.applied.count == old.count)
            #expect(status.isCurrent)
        }
    }
}
