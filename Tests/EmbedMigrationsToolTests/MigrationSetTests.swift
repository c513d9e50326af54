import Testing

@testable import EmbedMigrationsTool

@Suite struct MigrationSetTests {
    @Test func filesBecomeListsInOrder() throws {
        let files = try ["postgres", "sqlite"].flatMap { dialect in
            [
                try MigrationFile(path: "/m/\(dialect)/0002_second.sql", sql: "SELECT 2;"),
                try MigrationFile(path: "/m/\(dialect)/0001_first.sql", sql: "SELECT 1;"),
            ]
        }

        let source = try MigrationSet(files).swiftSource

        let list = """
             = [
                    Migration(number: 1, name: "first", sql: "SELECT 1;"),
                    Migration(number: 2, name: "second", sql: "SELECT 2;"),
                ]
            """
        #expect(source.contains("static let postgres: [Migration]" + list))
        #expect(source.contains("static let sqlite: [Migration]" + list))
    }

    @Test func textBecomesALiteralOfTheSameText() throws {
        let sql = "SELECT '\"', '\\(1)', '\\n', 'é\u{1F600}'\t-- \"\"\"#\r\n;"
        let files = try ["postgres", "sqlite"].map { try MigrationFile(path: "/m/\($0)/0001_a.sql", sql: sql) }

        let source = try MigrationSet(files).swiftSource

        let literal = ##""SELECT '\"', '\\(1)', '\\n', '\u{e9}\u{1f600}'\u{9}-- \"\"\"#\u{d}\n;""##
        #expect(source.contains(literal))
    }

    @Test(arguments: [
        "/m/sqlite/1_first.sql", "/m/sqlite/0001-first.sql", "/m/sqlite/0001_First.sql", "/m/sqlite/0001_.sql",
        "/m/sqlite/0001_first.txt", "/m/sqlite/00001_first.sql", "0001_first.sql", "/m/sqlite/0001_first.sql~",
    ])
    func fileWithABadNameIsRefused(path: String) {
        #expect(throws: MigrationFileError.self) { try MigrationFile(path: path, sql: "SELECT 1") }
    }

    @Test func emptyFileIsRefused() {
        #expect(throws: MigrationFileError.self) { try MigrationFile(path: "/m/sqlite/0001_first.sql", sql: " \n") }
    }

    @Test func missingFileIsRefusedByName() {
        let error = #expect(throws: MigrationFileError.self) { try MigrationFile(path: "/nowhere/sqlite/0001_a.sql") }

        #expect(error?.description == "/nowhere/sqlite/0001_a.sql: it cannot be read")
    }

    @Test func gapInTheNumbersIsRefused() throws {
        let error = try Self.refusal(of: ["postgres/0001_a", "sqlite/0001_a", "postgres/0003_c", "sqlite/0003_c"])

        #expect(error?.message == "no migration has the number 2")
    }

    @Test func numberUsedTwiceIsRefused() throws {
        let error = try Self.refusal(of: ["postgres/0001_a", "sqlite/0001_a", "postgres/0001_b", "sqlite/0001_b"])

        #expect(error?.message == "its number is used twice")
    }

    @Test(arguments: [
        ["postgres/0001_a"], ["sqlite/0001_a"], ["postgres/0001_a", "sqlite/0001_b"],
        ["postgres/0001_a", "sqlite/0001_a", "sqlite/0002_b"],
    ])
    func stepThatOneDialectLacksIsRefused(names: [String]) throws {
        let error = try Self.refusal(of: names)

        #expect(error?.message.hasPrefix("it has no counterpart in the folder") == true)
    }

    @Test func noFilesMakeEmptyLists() throws {
        #expect(try MigrationSet([]).swiftSource.contains("static let sqlite: [Migration] = [\n    ]"))
    }

    private static func refusal(of names: [String]) throws -> MigrationFileError? {
        let files = try names.map { try MigrationFile(path: "/m/\($0).sql", sql: "SELECT 1") }
        return #expect(throws: MigrationFileError.self) { try MigrationSet(files) }
    }
}
