import SQLDatabase
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.kinds.contains(.postgres), "TAPEDECK_TEST_POSTGRES is not set"))
struct PostgresSnapshotTests {
    private static let settings =
        "SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan')"

    @Test func plansAreMadeOnceAndByIndexInASnapshotAlone() async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 1
        try await TestDatabase.with(.postgres, configuration: configuration) { test in
            let inside = try await test.database.snapshot([SQLStatement(Self.settings)], into: "") { text, _, row in
                text = try row.text(0)
            }
            let behind = try await test.database.read { transaction in
                try transaction.query(Self.settings) { try $0.text(0) }
            }

            #expect(inside == "force_generic_plan off")
            #expect(behind == ["auto on"])
        }
    }
}
