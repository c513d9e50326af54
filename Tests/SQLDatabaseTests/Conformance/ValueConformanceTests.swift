import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ValueConformanceTests {
    @Test(arguments: TestDatabase.kinds) func integersAreReadBackExactly(kind: TestDatabase.Kind) async throws {
        let values: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 53 + 1, .max - 1, .max]

        let read = try await Self.roundTrip(values.map(SQLValue.integer), type: "BIGINT", kind) { try $0.integer(0) }

        #expect(read == values)
    }

    @Test(arguments: TestDatabase.kinds) func doublesAreReadBackBitForBit(kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        let special: [Double] = [
            0, 1, -1, 0.1, -37.63, .pi, 1e15, 4503599627370497.5, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity,
        ]
        let anyBits = (0..<500).map { _ in Double(bitPattern: random.next()) }.filter { !$0.isNaN && $0 != 0 }
        let values = special + anyBits

        let read = try await Self.roundTrip(values.map(SQLValue.double), type: "DOUBLE PRECISION", kind) {
            try $0.double(0)
        }

        #expect(read.map(\.bitPattern) == values.map(\.bitPattern), "\(random)")
    }

    @Test(arguments: TestDatabase.kinds) func negativeZeroIsReadBackAsZero(kind: TestDatabase.Kind) async throws {
        let read = try await Self.roundTrip([.double(-0.0)], type: "DOUBLE PRECISION", kind) { try $0.double(0) }

        #expect(read == [0])
        if kind == .postgres {
            #expect(read.first?.sign == .minus)
        }
    }

    @Test(arguments: TestDatabase.kinds) func notANumberIsRefused(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (v DOUBLE PRECISION)")

            await expectError(.syntax) {
                try await test.database.write { try $0.execute("INSERT INTO t VALUES ($1)", [.double(.nan)]) }
            }
            await expectError(.syntax) {
                try await test.database.write {
                    try $0.upsert(BulkUpsert(into: "t", columns: [("v", .doubles([1, .nan]))], onConflict: ""))
                }
            }
            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func textsAreReadBackExactly(kind: TestDatabase.Kind) async throws {
        let values = [
            "", "ESZ6", "it's", "\"quoted\"", "a\\b\n\t\r", "$1 ? :x @y", "; DROP TABLE t; --", "é", "e\u{301}",
            "日本語", "\u{1F4C8}", "\u{1}\u{7f}\u{fffd}\u{10ffff}", String(repeating: "long ", count: 100_000),
        ]

        let read = try await Self.roundTrip(values.map(SQLValue.text), type: "TEXT", kind) { try $0.text(0) }

        // Swift calls é and e + accent equal.
        #expect(read.map { Array($0.utf8) } == values.map { Array($0.utf8) })
    }

    @Test(arguments: TestDatabase.kinds) func textWithAZeroCharacterIsRefused(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (v TEXT)")

            await expectError(.syntax) {
                try await test.database.write { try $0.execute("INSERT INTO t VALUES ($1)", [.text("a\0b")]) }
            }
            await expectError(.syntax) {
                try await test.database.write {
                    try $0.upsert(BulkUpsert(into: "t", columns: [("v", .texts(["a", "a\0b"]))], onConflict: ""))
                }
            }
            try await expectInteger(0, test.database, "SELECT count(*) FROM t")
        }
    }

    @Test(arguments: TestDatabase.kinds) func blobsAreReadBackExactly(kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        let values: [[UInt8]] = [
            [], [0], [0, 0, 255], Array(0...255),
            (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &random) },
        ]

        let read = try await Self.roundTrip(values.map(SQLValue.blob), type: kind.blobType, kind) { try $0.blob(0) }

        #expect(read == values, "\(random)")
    }

    @Test(arguments: TestDatabase.kinds) func nullsAreReadBackAsNull(kind: TestDatabase.Kind) async throws {
        for type in ["BIGINT", "DOUBLE PRECISION", "TEXT", kind.blobType] {
            let read = try await Self.roundTrip([.null], type: type, kind) { row in
                let absent =
                    switch type {
                    case "BIGINT": try row.integerIfPresent(0) == nil
                    case "DOUBLE PRECISION": try row.doubleIfPresent(0) == nil
                    case "TEXT": try row.textIfPresent(0) == nil
                    default: true
                    }
                return row.isNull(0) && absent
            }

            #expect(read == [true], "\(type)")
        }
    }

    @Test(arguments: TestDatabase.kinds) func presentValuesAreNotNull(kind: TestDatabase.Kind) async throws {
        let read = try await Self.roundTrip([.integer(0)], type: "BIGINT", kind) { row in
            (row.isNull(0), try row.integerIfPresent(0))
        }

        #expect(read.first?.0 == false)
        #expect(read.first?.1 == 0)
    }

    /// Stores the values in rows of one column and reads them back in their order.
    private static func roundTrip<Value: Sendable>(
        _ values: [SQLValue],
        type: String,
        _ kind: TestDatabase.Kind,
        _ decode: @escaping @Sendable (any SQLRow) throws -> Value
    ) async throws -> [Value] {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (id BIGINT PRIMARY KEY, v \(type))")
            try await test.database.write { transaction in
                for (index, value) in values.enumerated() {
                    let changed = try transaction.execute(
                        "INSERT INTO t (id, v) VALUES ($1, $2)",
                        [.integer(Int64(index)), value]
                    )
                    #expect(changed == 1)
                }
            }
            return try await test.database.read { try $0.query("SELECT v FROM t ORDER BY id", row: decode) }
        }
    }
}
