import Foundation
import Logging
import TestSupport
import Testing

@testable import SQLDatabase

/// The Postgres server that tests use, named by the environment.
enum PostgresFixture {
    /// The server's address, or nil when the tests that need one are skipped.
    static let url = ProcessInfo.processInfo.environment["TAPEDECK_TEST_POSTGRES"].flatMap { $0.isEmpty ? nil : $0 }

    /// What a skipped test prints.
    static let skipReason: Comment = "needs a Postgres server: set TAPEDECK_TEST_POSTGRES to its address"

    /// Lends a driver whose tables live in a schema of its own, which is dropped at the end.
    static func withDriver<Value: Sendable>(
        configure: (inout Database.Configuration) -> Void = { _ in },
        _ body: (PostgresDriver) async throws -> Value
    ) async throws -> Value {
        var configuration = Database.Configuration()
        configure(&configuration)
        return try await self.withSchemaName { schema in
            let url = try self.address(["options": "-csearch_path=\(schema)"])
            let driver = try await self.open(url, configuration)
            let result: Result<Value, any Error>
            do { result = .success(try await body(driver)) } catch { result = .failure(error) }
            await driver.close()
            return try result.get()
        }
    }

    /// Lends the name of an empty schema, which is dropped at the end.
    static func withSchemaName<Value: Sendable>(_ body: (String) async throws -> Value) async throws -> Value {
        try await PostgresSchema.testsAtOnce.withPermit {
            let schema = "test_\(UInt64.random(in: 0 ... .max))"
            try await self.executeScript("CREATE SCHEMA \(schema)")
            let result: Result<Value, any Error>
            do { result = .success(try await body(schema)) } catch { result = .failure(error) }
            try await self.executeScript("DROP SCHEMA \(schema) CASCADE")
            return try result.get()
        }
    }

    /// Runs statements in the public schema.
    static func executeScript(_ sql: String) async throws {
        let driver = try await self.open(try self.address([:]))
        do {
            try await driver.write { try $0.executeScript(sql) }
        } catch {
            await driver.close()
            throw error
        }
        await driver.close()
    }

    /// Opens a driver.
    static func open(
        _ url: String,
        _ configuration: Database.Configuration = Database.Configuration(),
        cancelTimeout: Duration = .seconds(5)
    ) async throws -> PostgresDriver {
        try await PostgresDriver.open(
            url: url,
            configuration: configuration,
            logger: .silent,
            cancelTimeout: cancelTimeout
        )
    }

    /// The server's address with parameters replaced or added.
    static func address(_ parameters: [String: String]) throws -> String {
        let settings = try PostgresSettings(url: self.url ?? "", connectTimeout: .seconds(5))
        return settings.address(replacing: parameters)
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

extension Thread {
    /// Runs blocking work on a thread of its own.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Self.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}

extension DispatchSemaphore {
    /// Waits for a signal without blocking one of Swift's concurrency threads.
    func arrival() async throws {
        try await Thread.run { self.wait() }
    }
}
