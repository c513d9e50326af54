import Foundation
import Logging
import Testing

@testable import SQLDatabase

/// The Postgres server that tests use, named by the environment.
enum PostgresFixture {
    /// The server's address, or nil when the tests that need one are skipped.
    static let url = ProcessInfo.processInfo.environment["TAPEDECK_TEST_POSTGRES"].flatMap { $0.isEmpty ? nil : $0 }

    /// What a skipped test prints.
    static let skipReason: Comment = "needs a Postgres server: set TAPEDECK_TEST_POSTGRES to its address"

    /// Lends a driver whose tables live in a schema of its own, which is dropped at the end.
    static func withDriver<Value>(
        parameters: [String: String] = [:],
        configure: (inout Database.Configuration) -> Void = { _ in },
        _ body: (PostgresDriver) async throws -> Value
    ) async throws -> Value {
        let schema = "test_\(UInt64.random(in: 0 ... .max))"
        let admin = try await self.open(self.address([:]))
        _ = try await admin.write { try $0.execute("CREATE SCHEMA \(schema)") }
        var configuration = Database.Configuration()
        configure(&configuration)
        let all = parameters.merging(["options": "-csearch_path=\(schema)"]) { given, _ in given }
        let result: Result<Value, any Error>
        do {
            let driver = try await self.open(self.address(all), configuration)
            do { result = .success(try await body(driver)) } catch { result = .failure(error) }
            await driver.close()
        } catch {
            result = .failure(error)
        }
        _ = try await admin.write { transaction in
            try transaction.execute("SET LOCAL client_min_messages = error")
            return try transaction.execute("DROP SCHEMA \(schema) CASCADE")
        }
        await admin.close()
        return try result.get()
    }

    /// Opens a driver.
    static func open(
        _ url: String,
        _ configuration: Database.Configuration = Database.Configuration()
    ) async throws -> PostgresDriver {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await PostgresDriver.open(url: url, configuration: configuration, logger: logger)
    }

    /// The server's address with parameters added.
    static func address(_ parameters: [String: String]) -> String {
        let url = self.url ?? ""
        let query = parameters.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            .joined(separator: "&")
        return query.isEmpty ? url : url + (url.contains("?") ? "&" : "?") + query
    }
}

extension DatabaseDriver {
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLTransaction) throws -> Value) async throws -> Value {
        try await self.read(timeout: nil, body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLTransaction) throws -> Value) async throws -> Value
    {
        try await self.write(timeout: nil, body)
    }
}

/// The error that a call throws; records an issue when it throws none.
func thrownSQLError<Value>(
    _ body: () async throws -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> SQLError {
    do {
        _ = try await body()
        Issue.record("no error was thrown", sourceLocation: sourceLocation)
    } catch let error as SQLError {
        return error
    } catch {
        Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
    }
    return SQLError(.other, "no error was thrown")
}
