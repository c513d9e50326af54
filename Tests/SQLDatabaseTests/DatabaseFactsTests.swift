import SQLDatabase
import TestSupport
import Testing

@Suite struct DatabaseFactsTests {
    @Test(arguments: TestDatabase.kinds)
    func aDatabaseTellsWhatItIs(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let facts = try await test.database.facts()

            #expect(!facts.isReadOnly)
            switch kind {
            case .postgres:
                #expect(facts.version.hasPrefix("PostgreSQL "))
                #expect(facts.isPooled == false && facts.journalMode == nil && facts.path == nil)
            case .sqliteFile:
                #expect(facts.version.hasPrefix("SQLite 3."))
                #expect(facts.isPooled == nil && facts.journalMode == "wal")
                #expect(facts.path?.hasSuffix("/test.db") == true)
            case .sqliteMemory:
                #expect(facts.journalMode == "memory" && facts.path == nil)
            }
        }
    }
}
