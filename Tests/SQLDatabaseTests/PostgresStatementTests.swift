import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct PostgresStatementCacheTests {
    private static func key(_ sql: String) -> PostgresStatementCache.Key {
        PostgresStatementCache.Key(sql: sql, parameterTypes: [])
    }

    @Test func statementIsPreparedOnce() {
        var cache = PostgresStatementCache(countMax: 2, namePrefix: "s")

        let first = cache.use(Self.key("a"))
        let second = cache.use(Self.key("a"))

        #expect(first == PostgresStatementCache.Use(name: "s_1", mustPrepare: true))
        #expect(second == PostgresStatementCache.Use(name: "s_1", mustPrepare: false))
    }

    @Test func otherParameterTypesAreAnotherStatement() {
        var cache = PostgresStatementCache(countMax: 2, namePrefix: "s")
        _ = cache.use(PostgresStatementCache.Key(sql: "a", parameterTypes: [20]))

        let other = cache.use(PostgresStatementCache.Key(sql: "a", parameterTypes: [25]))

        #expect(other.mustPrepare)
    }

    @Test func leastRecentlyUsedStatementIsDiscarded() {
        var cache = PostgresStatementCache(countMax: 2, namePrefix: "s")
        for sql in ["a", "b"] { cache.confirmPrepared(cache.use(Self.key(sql)).name) }
        _ = cache.use(Self.key("a"))
        cache.confirmPrepared(cache.use(Self.key("c")).name)

        #expect(cache.discarded == ["s_2"])
        #expect(cache.count == 2)
        cache.confirmDiscarded("s_2")
        #expect(cache.discarded.isEmpty)
    }

    @Test func statementThatFailedToBePreparedIsPreparedAgain() {
        var cache = PostgresStatementCache(countMax: 2, namePrefix: "s")
        cache.confirmFailed(cache.use(Self.key("a")).name)

        let again = cache.use(Self.key("a"))

        #expect(again.mustPrepare)
        #expect(cache.discarded.isEmpty)
    }

    @Test func statementEvictedBeforeTheServerAnsweredIsDiscardedAfterIt() {
        var cache = PostgresStatementCache(countMax: 1, namePrefix: "s")
        let first = cache.use(Self.key("a"))
        _ = cache.use(Self.key("b"))
        let before = cache.discarded
        cache.confirmPrepared(first.name)

        #expect(before.isEmpty)
        #expect(cache.discarded == [first.name])
    }

    @Test func randomUseKeepsNoMoreThanTheLimitAndLosesNoName() {
        var random = SeededRandom()
        var cache = PostgresStatementCache(countMax: 5, namePrefix: "s")
        var onServer: Set<String> = []
        for _ in 0..<5_000 {
            for name in cache.discarded {
                #expect(onServer.remove(name) != nil, "\(random)")
                cache.confirmDiscarded(name)
            }
            let use = cache.use(Self.key("\(Int.random(in: 0..<12, using: &random))"))
            if use.mustPrepare {
                if Bool.random(using: &random) {
                    onServer.insert(use.name)
                    cache.confirmPrepared(use.name)
                } else {
                    cache.confirmFailed(use.name)
                }
            } else {
                #expect(onServer.contains(use.name), "\(random)")
            }
            #expect(cache.count <= 5, "\(random)")
            #expect(onServer.count <= 6, "\(random)")
        }
    }
}

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresStatementTests {
    private static func preparedCount(_ driver: PostgresDriver) async throws -> Int64 {
        let counts = try await driver.read {
            try $0.query("SELECT count(*) FROM pg_prepared_statements") { try $0.integer(0) }
        }
        return try #require(counts.first)
    }

    @Test func noMoreStatementsStayPreparedThanConfigured() async throws {
        try await PostgresFixture.withDriver {
            $0.preparedStatementsMax = 3
        } _: { driver in
            for round in 1...3 {
                for number in 1...10 {
                    let sql = "SELECT \(number)::bigint"
                    let read = try await driver.read { try $0.query(sql) { try $0.integer(0) } }
                    #expect(read == [Int64(number)], "round \(round)")
                }
            }
            let count = try await Self.preparedCount(driver)

            #expect((1...4).contains(count))
        }
    }

    @Test func snapshotOfMoreStatementsThanStayPreparedWorks() async throws {
        try await PostgresFixture.withDriver {
            $0.preparedStatementsMax = 2
        } _: { driver in
            for _ in 1...3 {
                let statements = (1...6).map { SQLStatement("SELECT \($0 % 4)::bigint") }
                let read = try await driver.snapshot(statements, timeout: nil, into: [Int64]()) { values, _, row in
                    values.append(try row.integer(0))
                }
                #expect(read == [1, 2, 3, 0, 1, 2])
            }
            let count = try await Self.preparedCount(driver)

            #expect(count <= 8)
        }
    }

    @Test func nothingIsPreparedWhenSwitchedOff() async throws {
        try await PostgresFixture.withDriver {
            $0.usesPreparedStatements = false
        } _: { driver in
            for value in 1...3 {
                let read = try await driver.read {
                    try $0.query("SELECT $1", [.integer(Int64(value))]) { try $0.integer(0) }
                }
                #expect(read == [Int64(value)])
            }
            let count = try await Self.preparedCount(driver)

            #expect(count == 0)
        }
    }

    @Test func changedTableIsReadWithoutAnErrorByAFirstStatement() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
        } _: { driver in
            let sql = "SELECT * FROM changing"
            _ = try await driver.write {
                try $0.executeScript("CREATE TABLE changing (a BIGINT); INSERT INTO changing VALUES (1)")
            }
            let before = try await driver.read { try $0.query(sql) { $0.columnCount } }
            _ = try await driver.write { try $0.execute("ALTER TABLE changing ADD COLUMN b BIGINT") }
            let after = try await driver.read { try $0.query(sql) { $0.columnCount } }
            _ = try await driver.write { try $0.execute("ALTER TABLE changing ADD COLUMN c BIGINT") }
            let snapshot = try await driver.snapshot([SQLStatement(sql)], timeout: nil, into: 0) { count, _, row in
                count = row.columnCount
            }

            #expect(before == [1])
            #expect(after == [2])
            #expect(snapshot == 3)
        }
    }

    @Test func changedTableIsASerializationFailureForALaterStatement() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
        } _: { driver in
            let sql = "SELECT * FROM changing"
            _ = try await driver.write { try $0.execute("CREATE TABLE changing (a BIGINT)") }
            _ = try await driver.read { try $0.execute(sql) }
            _ = try await driver.write { try $0.execute("ALTER TABLE changing ADD COLUMN b BIGINT") }
            let error = await thrownSQLError {
                try await driver.read { transaction in
                    try transaction.execute("SELECT 1")
                    try transaction.execute(sql)
                }
            }
            _ = try await driver.read { transaction in
                try transaction.execute("SELECT 1")
                try transaction.execute(sql)
            }

            #expect(error.code == .serializationFailure)
        }
    }

    @Test func statementThatTheServerForgotIsPreparedAgain() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
        } _: { driver in
            let sql = "SELECT 5::bigint"
            _ = try await driver.read { try $0.execute(sql) }
            _ = try await driver.read { try $0.execute("DEALLOCATE ALL") }
            let read = try await driver.read { try $0.query(sql) { try $0.integer(0) } }

            #expect(read == [5])
        }
    }
}
