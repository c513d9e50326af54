import Testing

@testable import SQLDatabase

@Suite struct SQLTextTests {
    @Test(arguments: [
        "BEGIN", "begin immediate", "  COMMIT;", ";;ROLLBACK", "-- x\nEND", "/* a * / b */SAVEPOINT x",
        "\t\r\nRelease x",
        "-- a\n-- b\n/**/ abort", "START TRANSACTION",
    ])
    func transactionControlIsRecognised(sql: String) {
        #expect(SQLText.isTransactionControl(sql))
    }

    @Test(arguments: [
        "", "SELECT 1", "-- BEGIN", "/* COMMIT */ SELECT 1", "BEGINNING", "'BEGIN'", "\"END\"", "(BEGIN)", "/* BEGIN",
        "- BEGIN",
        "INSERT INTO t VALUES ('x'); COMMIT", "WITH begin AS (SELECT 1) SELECT 1",
    ])
    func otherStatementsAreNot(sql: String) {
        #expect(!SQLText.isTransactionControl(sql))
    }
}
