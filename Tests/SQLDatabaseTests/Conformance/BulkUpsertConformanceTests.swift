import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct BulkUpsertConformanceTests {
    private static let merge = """
        ON CONFLICT (symbol, ts) DO UPDATE SET price = excluded.price, note = excluded.note
        WHERE bars.price IS DISTINCT FROM excluded.price
        """

    @Test(arguments: TestDatabase.kinds) func allKindsOfColumnsAreInserted(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            let changed = try await database.write { transaction in
                try transaction.upsert(
                    BulkUpsert(
                        into: "bars",
                        columns: [
                            ("symbol", .constant(.text("it's"))), ("ts", .integers([.min, 0, .max])),
                            ("price", .doubles([-37.63, 0.1, .greatestFiniteMagnitude])),
                            ("size", .optionalDoubles([nil, 2.5, nil])),
                            ("note", .texts(["", "{\"a\",b}\\", "日本\nNULL"])),
                            ("flag", .constant(.null)),
                        ],
                        onConflict: Self.merge
                    )
                )
            }

            #expect(changed == 3)
            let rows = try await database.read { transaction in
                try transaction.query("SELECT symbol, ts, price, size, note, flag FROM bars ORDER BY ts") { row in
                    let size = try row.doubleIfPresent(3).map { "\($0)" } ?? "-"
                    let numbers = "\(try row.integer(1)) \(try row.double(2)) \(size)"
                    return "\(try row.text(0)) \(numbers) \(try row.text(4)) \(row.isNull(5))"
                }
            }
            #expect(
                rows == [
                    "it's \(Int64.min) -37.63 -  true", "it's 0 0.1 2.5 {\"a\",b}\\ true",
                    "it's \(Int64.max) \(Double.greatestFiniteMagnitude) - 日本\nNULL true",
                ]
            )
        }
    }

    @Test(arguments: TestDatabase.kinds) func rowsAreMergedAndOnlyChangesAreCounted(kind: TestDatabase.Kind)
        async throws
    {
        try await Self.withTable(kind) { database in
            try await database.write { _ = try $0.upsert(Self.bars(ts: [1, 2, 3], prices: [10, 20, 30])) }

            let changed = try await database.write { try $0.upsert(Self.bars(ts: [2, 3, 4], prices: [20, 33, 40])) }

            #expect(changed == 2)
            try await Self.expectPrices([10, 20, 33, 40], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func conflictCanBeIgnored(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            try await database.write { _ = try $0.upsert(Self.bars(ts: [1], prices: [10])) }

            let changed = try await database.write {
                try $0.upsert(Self.bars(ts: [1, 2], prices: [11, 20], onConflict: "ON CONFLICT DO NOTHING"))
            }

            #expect(changed == 1)
            try await Self.expectPrices([10, 20], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func conflictWithoutARuleFailsAndChangesNothing(kind: TestDatabase.Kind)
        async throws
    {
        try await Self.withTable(kind) { database in
            try await database.write { _ = try $0.upsert(Self.bars(ts: [2], prices: [20])) }

            await expectError(.uniqueViolation) {
                try await database.write { try $0.upsert(Self.bars(ts: [1, 2], prices: [1, 2], onConflict: "")) }
            }
            try await Self.expectPrices([20], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func noRowsAreNoChange(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            let changed = try await database.write { try $0.upsert(Self.bars(ts: [], prices: [])) }

            #expect(changed == 0)
            try await Self.expectPrices([], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func constantsAloneAreOneRow(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            let changed = try await database.write {
                try $0.upsert(
                    BulkUpsert(
                        into: "bars",
                        columns: [
                            ("symbol", .constant(.text("ES"))), ("ts", .constant(.integer(1))),
                            ("price", .constant(.double(1.5))),
                        ],
                        onConflict: ""
                    )
                )
            }

            #expect(changed == 1)
            try await Self.expectPrices([1.5], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func columnsOfDifferentLengthsAreRefused(kind: TestDatabase.Kind) async throws
    {
        try await Self.withTable(kind) { database in
            let error = await expectError(.syntax) {
                try await database.write { try $0.upsert(Self.bars(ts: [1, 2], prices: [1])) }
            }
            #expect(error?.message.contains("price") == true)
            try await Self.expectPrices([], database)
        }
    }

    @Test(arguments: TestDatabase.kinds) func unknownTableOrColumnIsNamed(kind: TestDatabase.Kind) async throws {
        try await Self.withTable(kind) { database in
            let missingColumn = await expectError(.undefinedObject) {
                try await database.write {
                    try $0.upsert(BulkUpsert(into: "bars", columns: [("nothing", .integers([1]))], onConflict: ""))
                }
            }
            #expect(missingColumn?.message.contains("nothing") == true)
            await expectError(.undefinedObject) {
                try await database.write {
                    try $0.upsert(BulkUpsert(into: "nowhere", columns: [("x", .integers([1]))], onConflict: ""))
                }
            }
        }
    }

    @Test(arguments: TestDatabase.kinds) func hundredThousandRowsAreInsertedAndMerged(kind: TestDatabase.Kind)
        async throws
    {
        let count: Int64 = 100_000
        try await Self.withTable(kind) { database in
            let times = Array(0..<count)

            let inserted = try await database.write {
                try $0.upsert(Self.bars(ts: times, prices: times.map { Double($0) / 4 }))
            }
            let merged = try await database.write {
                try $0.upsert(Self.bars(ts: times, prices: times.map { Double($0 % 2 == 0 ? $0 : -1) / 4 }))
            }

            #expect(inserted == 100_000)
            #expect(merged == 50_000)
            try await expectInteger(50_000, database, "SELECT count(*) FROM bars WHERE price = -0.25")
        }
    }

    private static func withTable(_ kind: TestDatabase.Kind, _ body: (Database) async throws -> Void) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script(
                """
                CREATE TABLE bars (
                    symbol TEXT NOT NULL, ts BIGINT NOT NULL, price DOUBLE PRECISION NOT NULL, size DOUBLE PRECISION,
                    note TEXT, flag BIGINT, PRIMARY KEY (symbol, ts)
                )
                """
            )
            try await body(test.database)
        }
    }

    private static func bars(ts: [Int64], prices: [Double], onConflict: String = Self.merge) -> BulkUpsert {
        BulkUpsert(
            into: "bars",
            columns: [("symbol", .constant(.text("ES"))), ("ts", .integers(ts)), ("price", .doubles(prices))],
            onConflict: onConflict
        )
    }

    private static func expectPrices(
        _ expected: [Double],
        _ database: Database,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let prices = try await database.read { try $0.query("SELECT price FROM bars ORDER BY ts") { try $0.double(0) } }
        #expect(prices == expected, sourceLocation: sourceLocation)
    }
}
