import Foundation
import Locking
import Logging
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresConnectionLossTests {
    private static let select = "SELECT 7::bigint"

    private static func backendID(_ driver: PostgresDriver) async throws -> Int64 {
        let ids = try await driver.read { try $0.query("SELECT pg_backend_pid()") { try $0.integer(0) } }
        return try #require(ids.first)
    }

    private static func terminate(_ backend: Int64, through driver: PostgresDriver) async throws {
        // The second parameter waits for the end.
        _ = try await driver.read {
            try $0.execute("SELECT pg_terminate_backend($1::int, 5000)", [.integer(backend)])
        }
    }

    @Test func snapshotTakesOneRoundTripAndAWriteTwo() async throws {
        try await PostgresProxy.with { proxy, url in
            let driver = try await PostgresFixture.open(url)
            let connecting = proxy.roundTripCount
            for _ in 1...10 {
                _ = try await driver.snapshot(
                    [SQLStatement(Self.select), SQLStatement("SELECT $1", [.integer(1)])],
                    timeout: nil,
                    into: 0
                ) { count, _, _ in count += 1 }
            }
            let snapshots = proxy.roundTripCount - connecting
            for _ in 1...10 { _ = try await driver.write { try $0.execute(Self.select) } }
            let writes = proxy.roundTripCount - connecting - snapshots
            await driver.close()

            #expect(snapshots == 10)
            #expect(writes == 20)
            #expect(proxy.connectionCount == 1)
        }
    }

    @Test func connectionThatTheServerClosedWhileIdleIsReplacedUnnoticed() async throws {
        try await PostgresFixture.withDriver { driver in
            let killer = try await PostgresFixture.open(try PostgresFixture.address([:]))
            let backend = try await Self.backendID(driver)
            try await Self.terminate(backend, through: killer)
            await killer.close()

            let next = try await Self.backendID(driver)

            #expect(next != backend)
            #expect(driver.statistics.reconnections == 1)
            #expect(driver.statistics.connections == 1)
        }
    }

    @Test func everyIdleConnectionThatTheServerClosedIsReplaced() async throws {
        try await PostgresFixture.withDriver { driver in
            let killer = try await PostgresFixture.open(try PostgresFixture.address([:]))
            let backends = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 1...4 {
                    group.addTask {
                        let ids = try await driver.read { transaction in
                            try transaction.execute("SELECT pg_sleep(0.2)")
                            return try transaction.query("SELECT pg_backend_pid()") { try $0.integer(0) }
                        }
                        return try #require(ids.first)
                    }
                }
                return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
            }
            for backend in backends { try await Self.terminate(backend, through: killer) }
            await killer.close()

            let next = try await Self.backendID(driver)

            #expect(backends.count == 4)
            #expect(!backends.contains(next))
        }
    }

    @Test func terminatedTransactionThrowsConnectionLostAndTheNextCallWorks() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.write { transaction in
                    try transaction.execute("CREATE TABLE lost (id BIGINT)")
                    try transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            let tables = try await driver.read {
                try $0.query("SELECT to_regclass('lost') IS NULL") { try $0.integer(0) }
            }

            #expect(error.code == .connectionLost)
            #expect(tables == [1])
        }
    }

    @Test func transactionThatLosesItsConnectionAtTheFirstStatementRunsAgainOnce() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await Self.backendID(driver)
            let runs = Locked(0)
            let error = await thrownSQLError {
                try await driver.write { transaction in
                    runs.withLock { $0 += 1 }
                    try transaction.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(600)")
                }
            }

            #expect(error.code == .connectionLost)
            #expect(runs.withLock { $0 } == 2)
        }
    }

    @Test func commitWithoutAnAnswerIsReportedAsUnknown() async throws {
        try await PostgresProxy.with { proxy, url in
            let driver = try await PostgresFixture.open(url)
            let error = await thrownSQLError {
                try await driver.write { transaction in
                    try transaction.execute(Self.select)
                    proxy.setBehaviour(.cut)
                }
            }
            proxy.setBehaviour(.forward)
            let alive = try await Self.backendID(driver)
            await driver.close()

            #expect(error.code == .connectionLost)
            #expect(error.message.contains("unknown"))
            #expect(alive > 0)
        }
    }

    @Test func serverThatStopsAnsweringCostsTheDeadlineAndTheConnection() async throws {
        try await PostgresProxy.with { proxy, url in
            let driver = try await PostgresFixture.open(url, cancelTimeout: .milliseconds(100))
            proxy.setBehaviour(.stall)
            let error = await thrownSQLError {
                try await driver.read(timeout: .milliseconds(50)) { try $0.execute(Self.select) }
            }
            proxy.setBehaviour(.forward)
            let alive = try await Self.backendID(driver)
            let statistics = driver.statistics
            await driver.close()

            #expect(error.code == .timedOut)
            #expect(alive > 0)
            #expect(statistics.connections == 1)
            #expect(statistics.reconnections == 1)
        }
    }

    /// How many other sessions run a statement with this marker.
    private static func running(_ marker: String, _ driver: PostgresDriver) async throws -> Int64 {
        let counts = try await driver.read { transaction in
            try transaction.query(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()",
                [.text(marker)]
            ) { try $0.integer(0) }
        }
        return try #require(counts.first)
    }

    @Test func cancelRequestThatOvertakesItsStatementIsRepeated() async throws {
        try await PostgresProxy.with { proxy, url in
            let marker = "marker_\(UInt64.random(in: 0 ... .max))"
            let observer = try await PostgresFixture.open(try PostgresFixture.address([:]))
            let driver = try await PostgresFixture.open(url, cancelTimeout: .seconds(30))
            proxy.setBehaviour(.stallOpenConnections)
            async let error = thrownSQLError {
                try await driver.read(timeout: .milliseconds(20)) {
                    try $0.execute("SELECT pg_sleep(600) /* \(marker) */")
                }
            }
            while proxy.closedConnectionCount == 0 { await Task.yield() }
            proxy.setBehaviour(.forward)
            let code = await error.code
            let running = try await Self.running(marker, observer)
            let alive = try await Self.backendID(driver)
            let statistics = driver.statistics
            await driver.close()
            await observer.close()

            #expect(code == .timedOut)
            #expect(running == 0)
            #expect(alive > 0)
            #expect(statistics.reconnections == 0)
        }
    }

    @Test func statementWhoseClientIsGoneEndsOnTheServer() async throws {
        try await PostgresProxy.with { proxy, url in
            let marker = "marker_\(UInt64.random(in: 0 ... .max))"
            let observer = try await PostgresFixture.open(try PostgresFixture.address([:]))
            let driver = try await PostgresFixture.open(url)
            async let error = thrownSQLError {
                try await driver.read { transaction in
                    try transaction.execute("SELECT 1")
                    try transaction.execute("SELECT pg_sleep(600) /* \(marker) */")
                }
            }
            while try await Self.running(marker, observer) == 0 {}
            proxy.setBehaviour(.cut)
            let code = await error.code
            while try await Self.running(marker, observer) > 0 {}
            await driver.close()
            await observer.close()

            #expect(code == .connectionLost)
        }
    }

    @Test func callersFailFastWhileTheServerIsGoneAndWorkAgainAfterwards() async throws {
        try await PostgresProxy.with { proxy, url in
            var configuration = Database.Configuration()
            configuration.reconnectBackoff = .seconds(3_600) ... .seconds(3_600)
            let patient = try await PostgresFixture.open(url, configuration)
            configuration.reconnectBackoff = .nanoseconds(1) ... .nanoseconds(1)
            let eager = try await PostgresFixture.open(url, configuration)
            proxy.setBehaviour(.cut)
            let first = await thrownSQLError { try await patient.read { try $0.execute(Self.select) } }
            let connections = proxy.connectionCount
            let second = await thrownSQLError { try await patient.read { try $0.execute(Self.select) } }
            let attempts = proxy.connectionCount - connections
            let other = await thrownSQLError { try await eager.read { try $0.execute(Self.select) } }
            proxy.setBehaviour(.forward)
            let alive = try await Self.backendID(eager)
            await patient.close()
            await eager.close()

            #expect([first.code, second.code, other.code] == [.unavailable, .unavailable, .unavailable])
            #expect(second.message.contains("port \(proxy.port)"))
            #expect(attempts == 0)
            #expect(alive > 0)
        }
    }

    @Test func restartedServerIsFoundAgain() async throws {
        try await PostgresProxy.with { proxy, url in
            let driver = try await PostgresFixture.open(url)
            for _ in 1...3 {
                let before = try await Self.backendID(driver)
                proxy.setBehaviour(.cut)
                proxy.setBehaviour(.forward)
                let after = try await Self.backendID(driver)
                #expect(before != after)
            }
            let statistics = driver.statistics
            await driver.close()

            #expect(statistics.reconnections == 3)
        }
    }
}
