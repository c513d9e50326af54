import Foundation
import Testing

@testable import SQLDatabase

/// Tests that start servers of their own: a Postgres that is killed, and a PgBouncer.
@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresServerTests {
    @Test(.enabled(if: TestServer.isAvailable, TestServer.skipReason))
    func crashOfTheServerLosesWhatRanAndNothingThatWasCommitted() async throws {
        try await TestServer.with(isDurable: true) { try await Self.crash($0) }
    }

    private static func crash(_ server: TestServer) async throws {
        var configuration = Database.Configuration()
        configuration.reconnectBackoff = .milliseconds(1) ... .milliseconds(10)
        let driver = try await PostgresFixture.open(server.url, configuration)
        _ = try await driver.write {
            try $0.executeScript("CREATE TABLE kept (id BIGINT); INSERT INTO kept VALUES (1)")
        }
        let error = await thrownSQLError {
            try await driver.write { transaction in
                try transaction.execute("INSERT INTO kept VALUES (2)")
                try server.restart()
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

    @Test(.enabled(if: PgBouncer.isAvailable, PgBouncer.skipReason), arguments: [false, true])
    func transactionPoolerServesManyCallers(usesPreparedStatements: Bool) async throws {
        try await PostgresFixture.withSchemaName { schema in
            try await PgBouncer.with { url in
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
