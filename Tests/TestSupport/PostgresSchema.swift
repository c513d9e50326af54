import Foundation
import Logging
import SQLDatabase

/// A fresh schema in the Postgres of `TAPEDECK_TEST_POSTGRES`, dropped when the test ends.
package enum PostgresSchema {
    /// A server admits 100 connections unless it is told otherwise, and one test may open a dozen.
    ///
    /// A test that wants two schemas at once could wait for ever.
    package static let testsAtOnce = Permits(6)

    /// Lends the address of a fresh schema, which is the only one on the search path.
    static func with<Result: Sendable>(_ body: (String) async throws -> Result) async throws -> Result {
        try await Self.testsAtOnce.withPermit { try await Self.made(body) }
    }

    private static func made<Result: Sendable>(_ body: (String) async throws -> Result) async throws -> Result {
        guard let base = TestDatabase.postgresURL else {
            preconditionFailure("A test against Postgres takes its kinds from TestDatabase.kinds.")
        }
        let schema = "test_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        let separator = base.contains("?") ? "&" : "?"
        try await Self.execute("CREATE SCHEMA \(schema)", at: base)
        do {
            let result = try await body("\(base)\(separator)options=-csearch_path%3D\(schema)")
            try await Self.execute("DROP SCHEMA \(schema) CASCADE", at: base)
            return result
        } catch {
            try? await Self.execute("DROP SCHEMA \(schema) CASCADE", at: base)
            throw error
        }
    }

    private static func execute(_ sql: String, at url: String) async throws {
        let database = try await Database.connect(url, logger: .silent)
        do {
            _ = try await database.write { try $0.execute(sql) }
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }
}
