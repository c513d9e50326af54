import SQLDatabase
import TestSupport
import Testing

/// Expects `body` to throw an `SQLError` with this code and returns it.
@discardableResult
func expectError<Result>(
    _ code: SQLError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Result
) async -> SQLError? {
    let error = await #expect(throws: SQLError.self, sourceLocation: sourceLocation) { _ = try await body() }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    return error
}

/// Expects a query to return this one integer.
func expectInteger(
    _ expected: Int64,
    _ database: Database,
    _ sql: String,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let value = try await database.integer(sql)
    #expect(value == expected, "\(sql)", sourceLocation: sourceLocation)
}

extension TestDatabase.Kind {
    /// The type of a column of bytes.
    var blobType: String { self == .postgres ? "BYTEA" : "BLOB" }

    /// A statement that does not end by itself.
    var endlessStatement: String {
        self == .postgres
            ? "SELECT pg_sleep(3600)"
            : "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
    }
}

extension Database {
    /// Runs statements without parameters in a transaction of their own.
    func script(_ sql: String) async throws {
        try await self.write { try $0.executeScript(sql) }
    }

    /// The one integer that a query returns.
    func integer(_ sql: String) async throws -> Int64? {
        try await self.read { try $0.query(sql) { try $0.integer(0) } }.first
    }
}

extension Database {
    /// Returns when this many callers wait for a connection.
    func waiters(_ count: Int) async {
        while self.statistics.waiters != count, !Task.isCancelled {
            await Task.yield()
        }
    }
}
