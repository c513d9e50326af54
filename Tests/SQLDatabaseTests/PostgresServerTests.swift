import Foundation
import Testing

@testable import SQLDatabase

/// Tests that start servers of their own: a Postgres that is killed, and a PgBouncer.
@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresServerTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/postgres").path
    private static let hasServerPrograms = !programs(named: "initdb").isEmpty
    private static let pgBouncer = programs(named: "pgbouncer").first

    private static func programs(named name: String) -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/sbin"]
            + versions.map { "/usr/lib/postgresql/\($0)/bin" }
        return folders.map { "\($0)/\(name)" }.filter(FileManager.default.isExecutableFile)
    }

    /// Runs scripts/postgres and returns what it printed.
    private static func run(_ arguments: String...) throws -> String {
        let process = try PostgresChildProcess([Self.script] + arguments)
        let bytes = try process.output.readToEnd() ?? Data()
        try #require(process.wait())
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(.enabled(if: Self.hasServerPrograms, "needs the programs of a Postgres server: initdb was not found"))
    func crashOfTheServerLosesWhatRanAndNothingThatWasCommitted() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postgres-\(UUID().uuidString)").path
        let url = try await Thread.run { try Self.run("start", folder, "socket") }
        let result: Result<Void, any Error>
        do { result = .success(try await Self.crash(folder, url)) } catch { result = .failure(error) }
        _ = try await Thread.run { try Self.run("stop", folder) }
        try result.get()
    }

    private static func crash(_ folder: String, _ url: String) async throws {
        var configuration = Database.Configuration()
        configuration.reconnectBackoff = .milliseconds(1) ... .milliseconds(10)
        let driver = try await PostgresFixture.open(url, configuration)
        _ = try await driver.write {
            try $0.executeScript("CREATE TABLE kept (id BIGINT); INSERT INTO kept VALUES (1)")
        }
        let error = await thrownSQLError {
            try await driver.write { transaction in
                try transaction.execute("INSERT INTO kept VALUES (2)")
                _ = try Self.run("restart", folder)
                try transaction.execute("INSERT INTO kept VALUES (3)")
            }
        }
        let kept = try await driver.read { try $0.query("SELECT id FROM kept") { try $0.integer(0) } }
        let statistics = driver.statistics
        await driver.close()

        #expect(error.code == .connectionLost)
        #expect(kept == [1])
        #expect(statistics.reconnections == 1)
    }

    /// Lends the address of a PgBouncer in transaction mode with two connections to the test server.
    private static func withPgBouncer(_ body: (String) async throws -> Void) async throws {
        let program = try #require(Self.pgBouncer)
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

    private static let needsPgBouncer: Comment = "needs PgBouncer: the program pgbouncer was not found"

    @Test(.enabled(if: Self.pgBouncer != nil, Self.needsPgBouncer), arguments: [false, true])
    func transactionPoolerServesManyCallers(usesPreparedStatements: Bool) async throws {
        try await PostgresFixture.withSchemaName { schema in
            try await Self.withPgBouncer { url in
                var configuration = Database.Configuration()
                configuration.usesPreparedStatements = usesPreparedStatements
                let driver = try await PostgresFixture.open(url, configuration)
                _ = try await driver.write { try $0.execute("CREATE TABLE \(schema).pooled (id BIGINT PRIMARY KEY)") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<100 {
                        group.addTask { try await Self.use(driver, schema, Int64(index)) }
                    }
                    try await group.waitForAll()
                }
                let timeout = await thrownSQLError {
                    try await driver.read(timeout: .milliseconds(50)) { try $0.execute("SELECT pg_sleep(600)") }
                }
                let count = try await driver.read {
                    try $0.query("SELECT count(*) FROM \(schema).pooled") { try $0.integer(0) }
                }
                let facts = try await Database(driver: driver).facts()
                await driver.close()

                #expect(timeout.code == .timedOut)
                #expect(count == [100])
                #expect(facts.isPooled == true && !facts.isReadOnly)
            }
        }
    }

    private static func use(_ driver: PostgresDriver, _ schema: String, _ index: Int64) async throws {
        let upsert = BulkUpsert(
            into: "\(schema).pooled",
            columns: [("id", .integers([index]))],
            onConflict: "ON CONFLICT DO NOTHING"
        )
        _ = try await driver.write { try $0.upsert(upsert) }
        let sql = "SELECT id FROM \(schema).pooled WHERE id = $1"
        let read = try await driver.read { try $0.query(sql, [.integer(index)]) { try $0.integer(0) } }
        let seen = try await driver.snapshot(
            [SQLStatement(sql, [.integer(index)]), SQLStatement("SELECT $1", [.integer(index)])],
            timeout: nil,
            into: [Int64]()
        ) { values, _, row in values.append(try row.integer(0)) }

        #expect(read == [index])
        #expect(seen == [index, index])
    }
}
