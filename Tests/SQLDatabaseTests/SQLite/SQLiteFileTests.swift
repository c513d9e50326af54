import Foundation
import SQLDatabase
import TestSupport
import Testing

/// What the file itself may do to its user.
@Suite(.timeLimit(.minutes(1))) struct SQLiteFileTests {
    @Test func acknowledgedWriteIsInTheFilesBeforeTheDatabaseIsClosed() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await Database.connect("sqlite:\(folder.path)/a.db", logger: .silent)
            try await database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1)")
            try await database.script("INSERT INTO t VALUES (2)")

            // What a process that was killed now leaves behind.
            for ending in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: "\(folder.path)/a.db\(ending)",
                    toPath: "\(folder.path)/b.db\(ending)"
                )
            }
            await database.close()

            let survivor = try await Database.connect("sqlite:\(folder.path)/b.db", logger: .silent)
            let sum = try await survivor.integer("SELECT CAST(sum(x) AS BIGINT) FROM t")
            await survivor.close()
            #expect(sum == 3)
        }
    }

    @Test func fullDatabaseIsToldAndStaysUsable() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            try await test.database.script("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 20")

            await expectError(.diskFull) {
                try await test.database.write {
                    try $0.execute("INSERT INTO t VALUES ($1)", [.text(String(repeating: "x", count: 200_000))])
                }
            }

            try await test.database.script("INSERT INTO t VALUES ('small')")
            try await expectInteger(1, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test func damagedFileIsTold() async throws {
        try await TemporaryFolder.with { folder in
            let path = "\(folder.path)/a.db"
            let database = try await Database.connect("sqlite:\(path)", logger: .silent)
            try await database.script("CREATE TABLE t (x BIGINT PRIMARY KEY, y TEXT)")
            try await database.write {
                let numbers = Array(Int64(0)..<5_000)
                let columns: [(String, BulkUpsert.Values)] = [
                    ("x", .integers(numbers)), ("y", .texts(numbers.map { "text \($0)" })),
                ]
                try $0.upsert(BulkUpsert(into: "t", columns: columns, onConflict: ""))
            }
            await database.close()
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // The first pages hold the schema; what follows holds rows.
            bytes.replaceSubrange(8_192..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - 8_192))
            try bytes.write(to: URL(fileURLWithPath: path))

            let damaged = try await Database.connect("sqlite:\(path)", logger: .silent)
            await expectError(.corrupt) { try await damaged.integer("SELECT count(y) FROM t") }
            await damaged.close()
        }
    }

    @Test func closingLeavesOneFile() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await Database.connect("sqlite:\(folder.path)/a.db", logger: .silent)
            try await database.script("CREATE TABLE t (x BIGINT)")
            try await expectInteger(0, database, "SELECT count(*) FROM t")
            await database.close()

            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.db"])
        }
    }

    @Test func connectionsAreCounted() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            #expect(test.database.statistics.connections == 1)
            try await expectInteger(1, test.database, "SELECT 1")
            try await expectInteger(1, test.database, "SELECT 1")
            #expect(test.database.statistics.connections == 2)

            await test.database.close()

            #expect(test.database.statistics.connections == 0)
        }
    }

    @Test func statementFollowsAChangeOfTheSchema() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1)")
            let counts = { try await test.database.read { try $0.query("SELECT * FROM t") { $0.columnCount } } }
            #expect(try await counts() == [1])

            try await test.database.script("ALTER TABLE t ADD COLUMN y BIGINT")

            #expect(try await counts() == [2])
        }
    }
}
