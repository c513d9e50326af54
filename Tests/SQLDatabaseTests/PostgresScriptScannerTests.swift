import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct PostgresScriptScannerTests {
    @Test(arguments: [
        ("", []),
        (" ; ; ", []),
        ("SELECT 1", ["SELECT"]),
        ("create table a (x text); insert into a values (1);", ["CREATE", "INSERT"]),
        ("-- COMMIT;\nSELECT 1; -- ;\nSELECT 2", ["SELECT", "SELECT"]),
        ("/* a /* ; */ COMMIT; */ SELECT 1", ["SELECT"]),
        ("SELECT 'it''s; COMMIT'; VALUES (1)", ["SELECT", "VALUES"]),
        ("SELECT 'back\\'; COMMIT", ["SELECT", "COMMIT"]),
        ("SELECT E'quo\\'te; COMMIT'; VALUES (1)", ["SELECT", "VALUES"]),
        ("SELECT e'a''b; x\\\\'; COMMIT", ["SELECT", "COMMIT"]),
        ("SELECT \"a;b\"\"; c\"; COMMIT", ["SELECT", "COMMIT"]),
        ("DO $$ BEGIN; COMMIT; END $$; SELECT 1", ["DO", "SELECT"]),
        ("DO $do$ SELECT $$;$$; COMMIT; $do$; SELECT 1", ["DO", "SELECT"]),
        ("SELECT $1; SELECT a$b$c; COMMIT", ["SELECT", "SELECT", "COMMIT"]),
        ("(SELECT 1); COMMIT", ["", "COMMIT"]),
        ("'text'; COMMIT", ["", "COMMIT"]),
        ("SELECT 'unfinished; COMMIT", ["SELECT"]),
        ("SELECT /* unfinished; COMMIT", ["SELECT"]),
        ("DO $$ unfinished; COMMIT", ["DO"]),
        ("commit", ["COMMIT"]),
        ("é; COMMIT", ["É", "COMMIT"]),
    ])
    func firstWordsOfStatementsAreFound(script: String, words: [String]) {
        #expect(PostgresScriptScanner.firstWords(script) == words)
    }

    @Test(arguments: [
        "BEGIN; SELECT 1; COMMIT;", "SELECT 1;\n  rollback", "SELECT 1; SAVEPOINT a", "START TRANSACTION",
    ])
    func transactionControlIsFound(script: String) {
        #expect(PostgresScriptScanner.hasTransactionControl(script))
    }

    @Test func ordinaryScriptHasNone() {
        #expect(!PostgresScriptScanner.hasTransactionControl("CREATE TABLE a (x text DEFAULT 'COMMIT'); DROP TABLE a"))
    }

    @Test func anyBytesAreScannedToTheirEnd() {
        var random = SeededRandom()
        let alphabet: [String] = [
            "'", "\"", "$", "$a$", "$$", "/*", "*/", "--", "\n", ";", "E", "\\", "COMMIT", " ", "é",
        ]
        for _ in 0..<2_000 {
            let script = (0..<20).map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
            #expect(PostgresScriptScanner.firstWords(script).count <= 21, "\(random)")
        }
    }
}
