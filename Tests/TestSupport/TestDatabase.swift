import Foundation
package import Logging
package import SQLDatabase

/// A fresh, empty database for one test, removed when the test ends.
///
/// SQLite files live in a temporary folder of their own. Postgres needs the environment variable
/// `TAPEDECK_TEST_POSTGRES` with the address of a database in which schemas may be made; each test gets its own.
package struct TestDatabase: Sendable {
    /// The kinds of database that the same tests run against.
    package enum Kind: String, Hashable, Sendable, CustomStringConvertible {
        case sqliteFile
        case sqliteMemory
        case postgres

        package var description: String { self.rawValue }
    }

    /// All kinds that this run can test.
    package static let kinds: [Kind] = [.sqliteFile, .sqliteMemory] + Self.serverKinds

    /// The kinds that several `Database` objects can open at once.
    package static let sharedKinds: [Kind] = [.sqliteFile] + Self.serverKinds

    /// The address in `TAPEDECK_TEST_POSTGRES`, if it is set.
    package static let postgresURL: String? = {
        let url = ProcessInfo.processInfo.environment["TAPEDECK_TEST_POSTGRES"] ?? ""
        if url.isEmpty {
            print("Tests against Postgres are skipped: TAPEDECK_TEST_POSTGRES is not set.")
            return nil
        }
        return url
    }()

    private static let serverKinds: [Kind] = Self.postgresURL == nil ? [] : [.postgres]

    /// Which kind this is.
    package let kind: Kind
    /// The address with which further `Database` objects can open it.
    package let url: String
    /// The opened database.
    package let database: Database

    /// Lends a fresh database to `body`, then closes and removes it.
    @discardableResult
    package static func with<Result: Sendable>(
        _ kind: Kind,
        configuration: Database.Configuration = Database.Configuration(),
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        switch kind {
        case .sqliteMemory:
            return try await Self.connected(kind, "sqlite::memory:", configuration, body)
        case .sqliteFile:
            return try await TemporaryFolder.with { folder in
                try await Self.connected(kind, "sqlite:\(folder.path)/test.db", configuration, body)
            }
        case .postgres:
            return try await PostgresSchema.with { url in
                try await Self.connected(kind, url, configuration, body)
            }
        }
    }

    private static func connected<Result: Sendable>(
        _ kind: Kind,
        _ url: String,
        _ configuration: Database.Configuration,
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        let database = try await Database.connect(url, configuration: configuration, logger: .silent)
        do {
            let result = try await body(TestDatabase(kind: kind, url: url, database: database))
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }
}

extension Logger {
    /// A logger that writes nothing.
    package static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
