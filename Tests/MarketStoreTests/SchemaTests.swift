import Foundation
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@Suite struct SchemaTests {
    @Test func bothFoldersHoldTheSameMigrations() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let names = try ["postgres", "sqlite"].map { dialect in
            try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "migrations/\(dialect)").path)
                .sorted()
        }

        #expect(names[0] == names[1])
        for (index, name) in names[0].enumerated() {
            #expect(name.hasPrefix(String(format: "%04d_", index + 1)))
        }
    }

    @Test(arguments: TestDatabase.kinds) func migratingTwiceChangesNothing(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let applied = try await fixture.store.migrate()
            let status = try await fixture.store.migrationStatus()

            #expect(applied.isEmpty)
            #expect(status.isCurrent)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func designedTablesHaveTheirColumnsAndKeys(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let schema = try await Self.schema(fixture)

            #expect(
                schema["bars_cache"]?.columns == [
                    "symbol", "timeframe", "timestamp", "open", "high", "low", "close", "volume", "provider",
                    "revision", "fetched_at",
                ]
            )
            #expect(schema["bars_cache"]?.key == ["symbol", "timeframe", "timestamp", "provider"])
            #expect(
                schema["quotes_cache"]?.columns == [
                    "symbol", "timestamp", "bid_price", "ask_price", "bid_size", "ask_size", "provider", "fetched_at",
                ]
            )
            #expect(schema["quotes_cache"]?.key == ["symbol", "timestamp", "provider"])
        }
    }

    @Test(.enabled(if: TestDatabase.kinds.contains(.postgres), "TAPEDECK_TEST_POSTGRES is not set"))
    func bothDatabasesHaveTheSameTablesViewsColumnsAndKeys() async throws {
        let sqlite = try await StoreFixture.with(.sqliteMemory) { try await Self.schema($0) }
        let postgres = try await StoreFixture.with(.postgres) { try await Self.schema($0) }

        #expect(sqlite.count == 19)
        #expect(Set(sqlite.keys) == Set(postgres.keys))
        for (name, relation) in sqlite {
            #expect(relation == postgres[name], "\(name)")
        }
    }

    @Test(arguments: TestDatabase.kinds) func viewsShowTimesToPeople(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z")
            _ = try await fixture.store([.at("2026-01-05T01:00:00Z", 1)], stretch, settledEnd: "2026-01-06")

            let times = try await fixture.test.database.read { transaction in
                try transaction.query("SELECT CAST(time AS TEXT) FROM bars_readable") { try $0.text(0) }
            }

            #expect(times.map { $0.prefix(16) } == ["2026-01-05 01:00"])
        }
    }

    private struct Relation: Hashable {
        var columns: [String] = []
        var nullable: Set<String> = []
        var key: [String] = []
    }

    /// The store's tables and views as the database tells them; whether a view's column is nullable is not compared.
    private static func schema(_ fixture: StoreFixture) async throws -> [String: Relation] {
        let columns =
            switch fixture.test.database.dialect {
            case .sqlite:
                """
                SELECT m.name, c.name,
                    CASE WHEN c."notnull" = 0 AND c.pk = 0 AND m.type = 'table' THEN 1 ELSE 0 END, c.pk
                FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
                WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid
                """
            case .postgres:
                """
                SELECT CAST(r.relname AS TEXT), CAST(a.attname AS TEXT),
                    CASE WHEN a.attnotnull OR r.relkind = 'v' THEN 0 ELSE 1 END,
                    coalesce((
                        SELECT array_position(CAST(i.indkey AS SMALLINT[]), a.attnum) + 1 FROM pg_index AS i
                        WHERE i.indrelid = r.oid AND i.indisprimary
                    ), 0)
                FROM pg_class AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
                WHERE r.relnamespace = CAST(current_schema() AS regnamespace) AND r.relkind IN ('r', 'v')
                    AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY r.relname, a.attnum
                """
            }
        let rows = try await fixture.test.database.read { transaction in
            try transaction.query(columns) { row in
                (try row.text(0), try row.text(1), try row.integer(2), Int(try row.integer(3)))
            }
        }
        var relations: [String: Relation] = [:]
        var keys: [String: [Int: String]] = [:]
        for (table, column, isNullable, position) in rows where table != "schema_migrations" {
            relations[table, default: Relation()].columns.append(column)
            if isNullable == 1 { relations[table]?.nullable.insert(column) }
            if position > 0 { keys[table, default: [:]][position] = column }
        }
        for (table, key) in keys {
            relations[table]?.key = key.sorted { $0.key < $1.key }.map(\.value)
        }
        return relations
    }
}
