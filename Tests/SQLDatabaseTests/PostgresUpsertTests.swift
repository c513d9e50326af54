import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresUpsertTests {
    private static let onConflict = "ON CONFLICT (id) DO UPDATE SET value = excluded.value"

    private static func withTable(_ body: (PostgresDriver) async throws -> Void) async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write {
                try $0.execute(
                    "CREATE TABLE things (id BIGINT PRIMARY KEY, value DOUBLE PRECISION, \"odd \"\" name\" TEXT)"
                )
            }
            try await body(driver)
        }
    }

    @Test(arguments: [1, 9_999, 10_000, 10_001, 25_000])
    func rowsAreSentInBatchesOfOneTransaction(count: Int) async throws {
        try await Self.withTable { driver in
            let upsert = BulkUpsert(
                into: "things",
                columns: [("id", .integers((0..<count).map(Int64.init))), ("value", .constant(.double(1.5)))],
                onConflict: Self.onConflict
            )
            let changed = try await driver.write { try $0.upsert(upsert) }
            let again = try await driver.write { try $0.upsert(upsert) }
            let stored = try await driver.read {
                try $0.query("SELECT count(*), min(id), max(id) FROM things WHERE value = 1.5") { row in
                    try [0, 1, 2].map { try row.integer($0) }
                }
            }

            #expect(changed == count)
            #expect(again == count)
            #expect(stored == [[Int64(count), 0, Int64(count - 1)]])
        }
    }

    @Test func longTextsAreSentInSeveralBatches() async throws {
        try await Self.withTable { driver in
            let texts = (0..<6).map { String(repeating: "\($0)", count: 3_000_000) }
            let upsert = BulkUpsert(
                into: "things",
                columns: [("id", .integers((0..<6).map(Int64.init))), ("odd \" name", .texts(texts))],
                onConflict: ""
            )
            let changed = try await driver.write { try $0.upsert(upsert) }
            let stored = try await driver.read {
                try $0.query("SELECT \"odd \"\" name\" FROM things ORDER BY id") { try $0.text(0) }
            }

            #expect(changed == 6)
            #expect(stored == texts)
        }
    }

    @Test func failureInALaterBatchLeavesNothing() async throws {
        try await Self.withTable { driver in
            var ids = (0..<20_000).map(Int64.init)
            ids[19_999] = 0
            let upsert = BulkUpsert(
                into: "things",
                columns: [("id", .integers(ids)), ("value", .constant(.double(1)))],
                onConflict: ""
            )
            let error = await thrownSQLError { try await driver.write { try $0.upsert(upsert) } }
            let count = try await driver.read { try $0.query("SELECT count(*) FROM things") { try $0.integer(0) } }

            #expect(error.code == .uniqueViolation)
            #expect(count == [0])
        }
    }

    @Test func keyTwiceInOneUpsertIsRefused() async throws {
        try await Self.withTable { driver in
            let upsert = BulkUpsert(
                into: "things",
                columns: [("id", .integers([1, 1])), ("value", .doubles([1, 2]))],
                onConflict: Self.onConflict
            )
            let error = await thrownSQLError { try await driver.write { try $0.upsert(upsert) } }

            #expect(error.code == .constraintViolation)
        }
    }

    @Test func noRowsAreNoStatement() async throws {
        try await Self.withTable { driver in
            let upsert = BulkUpsert(into: "missing", columns: [("id", .integers([]))], onConflict: "")
            let changed = try await driver.write { try $0.upsert(upsert) }

            #expect(changed == 0)
        }
    }

    @Test func rowOfConstantsIsOneRow() async throws {
        try await Self.withTable { driver in
            let upsert = BulkUpsert(
                into: "things",
                columns: [
                    ("id", .constant(.integer(7))), ("value", .constant(.null)), ("odd \" name", .constant(.text("x"))),
                ],
                onConflict: ""
            )
            let changed = try await driver.write { try $0.upsert(upsert) }
            let stored = try await driver.read {
                try $0.query("SELECT id, value IS NULL, \"odd \"\" name\" FROM things") { row in
                    "\(try row.integer(0)) \(try row.integer(1)) \(try row.text(2))"
                }
            }

            #expect(changed == 1)
            #expect(stored == ["7 1 x"])
        }
    }

    @Test func nullConstantFitsEveryColumn() async throws {
        try await Self.withTable { driver in
            let upsert = BulkUpsert(
                into: "things",
                columns: [
                    ("id", .integers([1, 2])), ("value", .constant(.null)), ("odd \" name", .constant(.null)),
                ],
                onConflict: ""
            )
            let changed = try await driver.write { try $0.upsert(upsert) }

            #expect(changed == 2)
        }
    }

    @Test func doublesArriveBitForBit() async throws {
        try await Self.withTable { driver in
            let values: [Double?] = [
                -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, -37.63, nil,
            ]
            let upsert = BulkUpsert(
                into: "things",
                columns: [
                    ("id", .integers(values.indices.map(Int64.init))), ("value", .optionalDoubles(values)),
                ],
                onConflict: ""
            )
            _ = try await driver.write { try $0.upsert(upsert) }
            let stored = try await driver.read {
                try $0.query("SELECT value FROM things ORDER BY id") { try $0.doubleIfPresent(0) }
            }

            #expect(stored.map { $0?.bitPattern } == values.map { $0?.bitPattern })
        }
    }

    @Test func columnsOfUnequalLengthAndNaNAreRefused() async throws {
        try await Self.withTable { driver in
            let unequal = BulkUpsert(
                into: "things",
                columns: [("id", .integers([1, 2])), ("value", .doubles([1]))],
                onConflict: ""
            )
            let notANumber = BulkUpsert(
                into: "things",
                columns: [("id", .integers([1])), ("value", .doubles([.nan]))],
                onConflict: ""
            )
            let first = await thrownSQLError { try await driver.write { try $0.upsert(unequal) } }
            let second = await thrownSQLError { try await driver.write { try $0.upsert(notANumber) } }

            #expect(first.code == .syntax)
            #expect(first.message.contains("value"))
            #expect(second.code == .syntax)
            #expect(second.message.contains("$2"))
        }
    }
}
