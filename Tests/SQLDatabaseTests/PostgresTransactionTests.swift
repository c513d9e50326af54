import Foundation
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason))
struct PostgresTransactionTests {
    @Test func valuesOfEveryTypeComeBackAsTheyWereSent() async throws {
        try await PostgresFixture.withDriver { driver in
            let integers: [Int64] = [.min, -1, 0, 1, .max]
            let doubles: [Double] = [
                -.infinity, -0.0, .leastNonzeroMagnitude, 1.7976931348623157e308, .infinity, -37.63,
            ]
            let texts = ["", "a", "Zürich 🎞 'quoted' \\ \"x\" $1", String(repeating: "x", count: 100_000)]
            let blobs: [[UInt8]] = [[], [0], Array(0...255)]

            for value in integers {
                let read = try await driver.read { try $0.query("SELECT $1", [.integer(value)]) { try $0.integer(0) } }
                #expect(read == [value])
            }
            for value in doubles {
                let read = try await driver.read { try $0.query("SELECT $1", [.double(value)]) { try $0.double(0) } }
                #expect(read.map(\.bitPattern) == [value.bitPattern])
            }
            for value in texts {
                let read = try await driver.read { try $0.query("SELECT $1", [.text(value)]) { try $0.text(0) } }
                #expect(read == [value])
            }
            for value in blobs {
                let read = try await driver.read { try $0.query("SELECT $1", [.blob(value)]) { try $0.blob(0) } }
                #expect(read == [value])
            }
        }
    }

    @Test func smallerTypesAreWidened() async throws {
        try await PostgresFixture.withDriver { driver in
            let sql = """
                SELECT (-2)::smallint, (-3)::integer, true, false, 1.5::real, 'v'::varchar, 'n'::name, 'c'::char(3),
                    4000000000::oid
                """

            let read = try await driver.read { transaction in
                try transaction.query(sql) { row in
                    let integers = try [0, 1, 2, 3, 8].map { try row.integer($0) }
                    let texts = try (5...7).map { try row.text($0) }
                    return "\(integers) \(try row.double(4)) \(texts) \(row.columnCount)"
                }
            }

            #expect(read == [#"[-2, -3, 1, 0, 4000000000] 1.5 ["v", "n", "c  "] 9"#])
        }
    }

    @Test func upsertMergesRowsAndCountsThoseThatChanged() async throws {
        try await PostgresFixture.withDriver { driver in
            let counts = try await driver.write { transaction in
                try transaction.executeScript(
                    """
                    CREATE TABLE bars (symbol TEXT, "timestamp" BIGINT, close DOUBLE PRECISION, note TEXT,
                        size DOUBLE PRECISION, PRIMARY KEY (symbol, "timestamp"));
                    """
                )
                func upsert(_ closes: [Double]) throws -> Int {
                    try transaction.upsert(
                        BulkUpsert(
                            into: "bars",
                            columns: [
                                ("symbol", .constant(.text("ES"))), ("timestamp", .integers([1, 2, 3])),
                                ("close", .doubles(closes)), ("note", .texts(["a", "b", "c"])),
                                ("size", .optionalDoubles([nil, 1, nil])),
                            ],
                            onConflict: """
                                ON CONFLICT (symbol, "timestamp") DO UPDATE SET close = excluded.close
                                WHERE bars.close <> excluded.close
                                """
                        )
                    )
                }
                return [try upsert([1, 2, 3]), try upsert([1, 2, 3]), try upsert([1, 5, 3])]
            }
            let rows = try await driver.read { transaction in
                try transaction.query("SELECT close, note, size FROM bars ORDER BY \"timestamp\"") { row in
                    "\(try row.double(0)) \(try row.text(1)) \(try row.doubleIfPresent(2) ?? -1)"
                }
            }

            #expect(counts == [3, 0, 1])
            #expect(rows == ["1.0 a -1.0", "5.0 b 1.0", "3.0 c -1.0"])
        }
    }

    @Test func snapshotHandsOutRowsWithTheirQuerysIndex() async throws {
        try await PostgresFixture.withDriver { driver in
            let rows = try await driver.snapshot(
                [
                    SQLStatement("SELECT n FROM generate_series(1, $1) n", [.integer(3)]),
                    SQLStatement("SELECT 7::bigint WHERE false"),
                    SQLStatement("SELECT $1", [.integer(9)]),
                ],
                timeout: nil,
                into: [String]()
            ) { rows, index, row in
                rows.append("\(index): \(try row.integer(0))")
            }

            #expect(rows == ["0: 1", "0: 2", "0: 3", "2: 9"])
        }
    }

    @Test func deadlineCancelsTheStatementAndTheConnectionIsUsedAgain() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.read(timeout: .milliseconds(50)) { try $0.execute("SELECT pg_sleep(60)") }
            }
            let alive = try await driver.read { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }

            #expect(error.code == .timedOut)
            #expect(alive == [1])
            #expect(driver.statistics.connections == 1)
            #expect(driver.statistics.reconnections == 0)
        }
    }
}
