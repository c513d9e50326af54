import Foundation
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
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

    @Test func snapshotOfNothingIsItsInitialValue() async throws {
        try await PostgresFixture.withDriver { driver in
            let value = try await driver.snapshot([], timeout: nil, into: 5) { _, _, _ in }

            #expect(value == 5)
        }
    }

    @Test func manyRowsAreReadOneAtATime() async throws {
        try await PostgresFixture.withDriver { driver in
            let sum = try await driver.snapshot(
                [SQLStatement("SELECT n FROM generate_series(1, 300000) n")],
                timeout: nil,
                into: Int64(0)
            ) { sum, _, row in sum += try row.integer(0) }
            let rows = try await driver.read {
                try $0.query("SELECT n::bigint FROM generate_series(1, 100000) n") { try $0.integer(0) }
            }

            #expect(sum == 300_000 * 300_001 / 2)
            #expect(rows == Array(1...100_000))
        }
    }

    @Test func readSeesOneSnapshotWhileOthersWrite() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript("CREATE TABLE seen (id BIGINT)") }
            let hasRead = DispatchSemaphore(value: 0)
            let goOn = DispatchSemaphore(value: 0)
            async let counts: [Int64] = driver.read { transaction in
                let first = try transaction.query("SELECT count(*) FROM seen") { try $0.integer(0) }
                hasRead.signal()
                goOn.wait()
                return first + (try transaction.query("SELECT count(*) FROM seen") { try $0.integer(0) })
            }
            try await hasRead.arrival()
            _ = try await driver.write { try $0.execute("INSERT INTO seen VALUES (1)") }
            goOn.signal()
            let seen = try await counts

            #expect(seen == [0, 0])
        }
    }

    @Test func closureThatThrowsRollsBack() async throws {
        struct Stop: Error {}
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript("CREATE TABLE kept (id BIGINT)") }
            await #expect(throws: Stop.self) {
                try await driver.write { transaction in
                    try transaction.execute("INSERT INTO kept VALUES (1)")
                    throw Stop()
                }
            }
            let count = try await driver.read { try $0.query("SELECT count(*) FROM kept") { try $0.integer(0) } }

            #expect(count == [0])
        }
    }

    @Test func constraintThatFailsAtCommitRollsBack() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write {
                try $0.executeScript(
                    """
                    CREATE TABLE parents (id BIGINT PRIMARY KEY);
                    CREATE TABLE children (parent BIGINT REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
                    """
                )
            }
            let error = await thrownSQLError {
                try await driver.write { try $0.execute("INSERT INTO children VALUES (1)") }
            }
            let count = try await driver.read { try $0.query("SELECT count(*) FROM children") { try $0.integer(0) } }

            #expect(error.code == .constraintViolation)
            #expect(count == [0])
        }
    }

    @Test func changedRowsAreCountedAndReadRowsAreNot() async throws {
        try await PostgresFixture.withDriver { driver in
            let counts = try await driver.write { transaction in
                [
                    try transaction.execute("CREATE TABLE counted (id BIGINT)"),
                    try transaction.execute("INSERT INTO counted SELECT generate_series(1, 5)"),
                    try transaction.execute("UPDATE counted SET id = id + 1 WHERE id > $1", [.integer(2)]),
                    try transaction.execute("SELECT * FROM counted"),
                    try transaction.execute("DELETE FROM counted WHERE id = 1 RETURNING id"),
                    try transaction.execute(""),
                ]
            }

            #expect(counts == [0, 5, 3, 0, 1, 0])
        }
    }

    @Test func scriptRunsSeveralStatementsAsOne() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.write {
                    try $0.executeScript("CREATE TABLE one (id BIGINT); CREATE TABLE two (id BIGINT); SELECT 1 / 0;")
                }
            }
            let tables = try await driver.read {
                try $0.query("SELECT to_regclass('one') IS NULL AND to_regclass('two') IS NULL") { try $0.integer(0) }
            }

            #expect(error.sqlState == "22012")
            #expect(tables == [1])
        }
    }

    @Test func nullIsNoValue() async throws {
        try await PostgresFixture.withDriver { driver in
            let read = try await driver.read {
                try $0.query("SELECT $1::bigint, $2::text, $3::float8", [.null, .null, .null]) { row in
                    let values = (try row.integerIfPresent(0), try row.textIfPresent(1), try row.doubleIfPresent(2))
                    return values.0 == nil && values.1 == nil && values.2 == nil && row.isNull(0) && !row.isNull(3)
                }
            }

            #expect(read == [true])
        }
    }

    @Test func rowIsUnreadableAfterItsClosure() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.read { transaction in
                    var kept: (any SQLRow)?
                    _ = try transaction.query("SELECT 1::bigint") { kept = $0 }
                    return try kept?.integer(0)
                }
            }

            #expect(error.code == .unexpectedType)
        }
    }
}
