import Foundation
import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SQLiteOpeningTests {
    @Test func missingFolderIsMade() async throws {
        try await TemporaryFolder.with { folder in
            let path = "\(folder.path)/a/b c/é.db"

            let database = try await Database.connect("sqlite:\(path)", logger: .silent)
            try await database.script("CREATE TABLE t (x BIGINT)")
            await database.close()

            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func folderThatCannotBeMadeIsNamed() async throws {
        try await TemporaryFolder.with { folder in
            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/file"))

            let error = await expectError(.unavailable) {
                try await Database.connect("sqlite:\(folder.path)/file/x.db", logger: .silent)
            }
            #expect(error?.message.contains("\(folder.path)/file/x.db") == true)
        }
    }

    @Test func folderInPlaceOfAFileIsRefused() async throws {
        try await TemporaryFolder.with { folder in
            await expectError(.unavailable) { try await Database.connect("sqlite:\(folder.path)", logger: .silent) }
        }
    }

    @Test func fileThatIsNoDatabaseIsRefusedAndLeftAlone() async throws {
        try await TemporaryFolder.with { folder in
            let file = URL(fileURLWithPath: "\(folder.path)/notes.txt")
            let content = Data(String(repeating: "this is not a database\n", count: 100).utf8)
            try content.write(to: file)

            let error = await expectError(.corrupt) {
                try await Database.connect("sqlite:\(file.path)", logger: .silent)
            }

            #expect(error?.message.contains(file.path) == true)
            #expect(try Data(contentsOf: file) == content)
        }
    }

    @Test func fileIsOpenedForDurableWritesAheadOfItsLog() async throws {
        try await TestDatabase.with(.sqliteFile) { test in
            let mode = try await test.database.read { try $0.query("PRAGMA journal_mode") { try $0.text(0) } }
            let synchronous = try await test.database.write { try $0.query("PRAGMA synchronous") { try $0.integer(0) } }
            let foreignKeys = try await test.database.write {
                try $0.query("PRAGMA foreign_keys") { try $0.integer(0) }
            }

            #expect(mode == ["wal"])
            #expect(synchronous == [2])
            #expect(foreignKeys == [1])
        }
    }

    @Test func memoryDatabasesAreSeparate() async throws {
        try await TestDatabase.with(.sqliteMemory) { first in
            try await TestDatabase.with(.sqliteMemory) { second in
                try await first.database.script("CREATE TABLE t (x BIGINT)")

                await expectError(.undefinedObject) { try await second.database.integer("SELECT count(*) FROM t") }
            }
        }
    }

    @Test func manyOpenANewFileAtOnce() async throws {
        try await TemporaryFolder.with { folder in
            let url = "sqlite:\(folder.path)/new.db"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let database = try await Database.connect(url, logger: .silent)
                        try await database.script("CREATE TABLE IF NOT EXISTS t (x BIGINT); INSERT INTO t VALUES (1)")
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }

            let database = try await Database.connect(url, logger: .silent)
            let count = try await database.integer("SELECT count(*) FROM t")
            await database.close()
            #expect(count == 20)
        }
    }

    @Test func relativePathIsRelativeToTheWorkingFolder() async throws {
        let name = "tapedeck-\(UUID().uuidString).db"
        defer {
            for ending in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: name + ending)
            }
        }

        let database = try await Database.connect("sqlite:\(name)", logger: .silent)
        await database.close()

        #expect(FileManager.default.fileExists(atPath: "\(FileManager.default.currentDirectoryPath)/\(name)"))
    }
}
