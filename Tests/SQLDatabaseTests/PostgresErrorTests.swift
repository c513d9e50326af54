import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresErrorTests {
    private static let table = """
        CREATE TABLE orders (
            id BIGINT PRIMARY KEY, name TEXT NOT NULL CHECK (name <> 'forbidden-secret'), parent BIGINT REFERENCES orders
        );
        INSERT INTO orders VALUES (777123, 'first');
        """

    private static let failures: [(String, SQLError.Code, String?)] = [
        ("INSERT INTO orders VALUES (777123, 'other-secret')", .uniqueViolation, "23505"),
        ("INSERT INTO orders VALUES (2, NULL)", .constraintViolation, "23502"),
        ("INSERT INTO orders VALUES (2, 'forbidden-secret')", .constraintViolation, "23514"),
        ("INSERT INTO orders VALUES (2, 'x', 777124)", .constraintViolation, "23503"),
        ("SELECT $$secret$$::text::bigint", .syntax, "22P02"),
        ("SELECT 777123::bigint::smallint", .syntax, "22003"),
        ("SELECT 1 / 0", .syntax, "22012"),
        ("SELEC 1", .syntax, "42601"),
        ("SELECT $1", .syntax, "08P01"),
        ("SELECT * FROM missing", .undefinedObject, "42P01"),
        ("SELECT missing FROM orders", .undefinedObject, "42703"),
        ("SELECT missing(1)", .undefinedObject, "42883"),
        ("DO $$BEGIN RAISE EXCEPTION 'secret %', 777123; END$$", .other, "P0001"),
        ("COPY orders TO STDOUT", .syntax, nil),
        ("COMMIT", .syntax, nil),
        ("  -- comment\n ; rollback", .syntax, nil),
        ("SELECT 1;\0", .syntax, nil),
    ]

    @Test(arguments: Self.failures)
    func failureHasItsCodeAndShowsNoData(sql: String, code: SQLError.Code, state: String?) async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript(Self.table) }
            let error = await thrownSQLError { try await driver.write { try $0.execute(sql) } }
            let alive = try await driver.write { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }

            #expect(error.code == code, "\(error)")
            #expect(error.sqlState == state)
            #expect(!error.description.contains("secret"))
            #expect(!error.description.contains("777123"))
            #expect(!error.message.isEmpty)
            #expect(alive == [1])
        }
    }

    @Test func constraintIsNamed() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript(Self.table) }
            let error = await thrownSQLError {
                try await driver.write { try $0.execute("INSERT INTO orders VALUES (777123, 'x')") }
            }

            #expect(error.message == "a row with this key exists, constraint orders_pkey, table orders")
        }
    }

    @Test func writingInAReadIsRefused() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript(Self.table) }
            let error = await thrownSQLError { try await driver.read { try $0.execute("DELETE FROM orders") } }

            #expect(error.code == .readOnly)
        }
    }

    @Test func serializationFailureHasItsOwnCode() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript(Self.table) }
            let error = await thrownSQLError {
                try await driver.write { try $0.execute("DO $$BEGIN RAISE serialization_failure; END$$") }
            }

            #expect(error.code == .serializationFailure)
        }
    }

    @Test func failedStatementDoomsTheTransactionEvenWhenItsErrorIsSwallowed() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { try $0.executeScript(Self.table) }
            let error = await thrownSQLError {
                try await driver.write { transaction in
                    try transaction.execute("DELETE FROM orders")
                    _ = try? transaction.execute("SELECT 1 / 0")
                }
            }
            let count = try await driver.read { try $0.query("SELECT count(*) FROM orders") { try $0.integer(0) } }

            #expect(error.sqlState == "22012")
            #expect(count == [1])
        }
    }

    @Test func rowClosuresErrorIsThrownAndTheConnectionStaysUsable() async throws {
        struct Stop: Error {}
        try await PostgresFixture.withDriver { driver in
            await #expect(throws: Stop.self) {
                try await driver.read { transaction in
                    try transaction.query("SELECT generate_series(1, 100000)") { _ in throw Stop() }
                }
            }
            await #expect(throws: Stop.self) {
                try await driver.snapshot(
                    [SQLStatement("SELECT generate_series(1, 100000)"), SQLStatement("SELECT 1")],
                    timeout: nil,
                    into: 0
                ) { _, _, _ in throw Stop() }
            }
            let alive = try await driver.read { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }

            #expect(alive == [1])
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test func statementInsideAnothersRowsIsRefused() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.read { transaction in
                    try transaction.query("SELECT generate_series(1, 3)") { _ in try transaction.execute("SELECT 1") }
                }
            }

            #expect(error.code == .syntax)
            #expect(error.message.contains("rows of another"))
        }
    }

    @Test func closureThatEndsItsTransactionInAScriptIsRefused() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.write { try $0.executeScript("CREATE TABLE early (id BIGINT); COMMIT") }
            }

            #expect(error.code == .syntax)
        }
    }

    @Test func parameterThatCannotBeStoredIsRefusedByItsNumber() async throws {
        try await PostgresFixture.withDriver { driver in
            let text = await thrownSQLError {
                try await driver.read { try $0.execute("SELECT $1, $2", [.integer(1), .text("a\0b")]) }
            }
            let number = await thrownSQLError {
                try await driver.read { try $0.execute("SELECT $1", [.double(.nan)]) }
            }
            let count = await thrownSQLError {
                try await driver.read { try $0.execute("SELECT $1, $2", [.integer(1)]) }
            }

            #expect(text.code == .syntax)
            #expect(text.message.contains("$2"))
            #expect(number.code == .syntax)
            #expect(number.message.contains("$1"))
            #expect(count.code == .syntax)
        }
    }

    @Test func moreParametersThanTheProtocolCountsAreRefused() async throws {
        try await PostgresFixture.withDriver { driver in
            let parameters = [SQLValue](repeating: .integer(1), count: 65_536)
            let error = await thrownSQLError { try await driver.read { try $0.execute("SELECT 1", parameters) } }

            #expect(error.code == .syntax)
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test(arguments: [
        ("SELECT 1.5::numeric", "numeric"), ("SELECT 'x'::text", "text"), ("SELECT NULL::bigint", "NULL"),
        ("SELECT 1.5::float8", "double precision"), ("SELECT now()", "1184"),
    ])
    func columnOfAnotherTypeIsNamed(sql: String, type: String) async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError { try await driver.read { try $0.query(sql) { try $0.integer(0) } } }

            #expect(error.code == .unexpectedType)
            #expect(error.message.contains(type))
        }
    }

    @Test func columnThatDoesNotExistIsRefused() async throws {
        try await PostgresFixture.withDriver { driver in
            for column in [-1, 1, Int.max] {
                let error = await thrownSQLError {
                    try await driver.read { try $0.query("SELECT 1") { try $0.text(column) } }
                }
                #expect(error.code == .unexpectedType)
            }
        }
    }

    @Test func serversOwnStatementTimeoutIsATimeout() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.read { transaction in
                    try transaction.execute("SET LOCAL statement_timeout = '10ms'")
                    try transaction.execute("SELECT pg_sleep(600)")
                }
            }

            #expect(error.code == .timedOut)
        }
    }

    @Test func serverBeforeVersion15IsRefused() {
        #expect(throws: SQLError.self) { try PostgresSession.checkVersion(140_012) }
        #expect(throws: Never.self) { try PostgresSession.checkVersion(150_000) }
    }
}
