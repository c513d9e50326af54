import Foundation
import Testing

@testable import SQLDatabase

/// A Postgres server of a test's own, which may be restarted, promoted and killed; made by scripts/postgres.
struct TestServer: Sendable {
    static let isAvailable = !TestPrograms.named("initdb").isEmpty
    static let skipReason: Comment = "needs the programs of a Postgres server: initdb was not found"

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/postgres").path

    /// The address, over a Unix socket.
    let url: String
    private let folder: String

    /// Lends a fresh server; one that is not durable forgets in a crash what it has just acknowledged.
    static func with(isDurable: Bool = false, _ body: (TestServer) async throws -> Void) async throws {
        try await Self.with(arguments: { ["start", $0, "socket"] + (isDurable ? [] : ["--fast"]) }, body)
    }

    /// Lends a standby of this server.
    func withStandby(_ body: (TestServer) async throws -> Void) async throws {
        try await Self.with(arguments: { ["standby", $0, self.folder, "--fast"] }, body)
    }

    /// The folder of the server's socket.
    var host: String { self.url.components(separatedBy: "host=").last ?? "" }

    /// Stops the server as a crash would and starts it again, which blocks.
    func restart() throws {
        _ = try Self.run(["restart", self.folder])
    }

    /// Stops the server and removes its data, which blocks.
    func stop() throws {
        _ = try Self.run(["stop", self.folder])
    }

    /// Makes a standby a server of its own, which blocks.
    func promote() throws {
        _ = try Self.run(["promote", self.folder])
    }

    private static func with(
        arguments: (String) -> [String],
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postgres-\(UUID().uuidString)").path
        let arguments = arguments(folder)
        let url = try await Thread.run { try Self.run(arguments) }
        let server = TestServer(url: url, folder: folder)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        // A second time it does nothing.
        try await Thread.run { try server.stop() }
        try result.get()
    }

    /// Runs scripts/postgres and returns what it printed.
    private static func run(_ arguments: [String]) throws -> String {
        let process = try PostgresChildProcess([Self.script] + arguments)
        let bytes = try process.output.readToEnd() ?? Data()
        try #require(process.wait())
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
