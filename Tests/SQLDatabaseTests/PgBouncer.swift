import Foundation
import Testing

@testable import SQLDatabase

/// A PgBouncer in transaction mode before the test server.
enum PgBouncer {
    private static let program = TestPrograms.named("pgbouncer").first

    static let isAvailable = Self.program != nil
    static let skipReason: Comment = "needs PgBouncer: the program pgbouncer was not found"

    /// Lends the address of a PgBouncer in transaction mode with two connections to the test server.
    static func with(_ body: (String) async throws -> Void) async throws {
        let program = try #require(Self.program)
        let folder = FileManager.default.temporaryDirectory.appending(path: "pgbouncer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try PostgresSettings(url: PostgresFixture.url ?? "", connectTimeout: .seconds(5))
        let server = ["host", "port", "dbname", "user", "password"].compactMap { keyword in
            settings[keyword].map { "\(keyword)='\($0)'" }
        }
        // The socket's name follows from the port, which is the process's own business then.
        let text = """
            [databases]
            * = \(server.joined(separator: " "))
            [pgbouncer]
            listen_addr =
            unix_socket_dir = \(folder.path)
            unix_socket_mode = 0777
            listen_port = 6432
            auth_type = any
            pool_mode = transaction
            default_pool_size = 2
            max_client_conn = 100
            \(getuid() == 0 ? "user = nobody" : "")
            """
        let file = folder.appending(path: "pgbouncer.ini")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let process = try PostgresChildProcess([program, file.path])
        defer {
            process.stop()
            _ = process.wait()
        }
        let isUp = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var text = ""
            // Whatever it writes later is read too, so that it does not block.
            while case let bytes = process.output.availableData, !bytes.isEmpty {
                let wasUp = text.contains("process up")
                text += String(decoding: bytes, as: UTF8.self)
                if !wasUp, text.contains("process up") { isUp.signal() }
            }
            isUp.signal()
        }
        try await isUp.arrival()
        let name = settings["dbname"] ?? "postgres"
        try await body("postgresql://bot@/\(name)?host=\(folder.path)&port=6432")
    }
}
