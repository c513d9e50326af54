import Foundation
import TestSupport
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresCancellationTests {
    /// How many statements with this marker run on the server.
    private static func running(_ marker: String, _ driver: PostgresDriver) async throws -> Int64 {
        let counts = try await driver.read { transaction in
            try transaction.query(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()
                """,
                [.text(marker)]
            ) { try $0.integer(0) }
        }
        return try #require(counts.first)
    }

    /// Waits until a statement with this marker runs on the server.
    private static func waitUntilRunning(_ marker: String, _ driver: PostgresDriver) async throws {
        while try await Self.running(marker, driver) == 0 {}
    }

    private static func makeMarker() -> String { "marker_\(UInt64.random(in: 0 ... .max))" }

    @Test func deadlineEndsTheStatementOnTheServerAndKeepsTheConnection() async throws {
        try await PostgresFixture.withDriver { driver in
            let marker = Self.makeMarker()
            let error = await thrownSQLError {
                try await driver.read(timeout: .milliseconds(50)) {
                    try $0.execute("SELECT pg_sleep(600) /* \(marker) */")
                }
            }
            let running = try await Self.running(marker, driver)

            #expect(error.code == .timedOut)
            #expect(running == 0)
            #expect(driver.statistics.connections == 1)
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test func cancelledTaskEndsTheStatementOnTheServer() async throws {
        try await PostgresFixture.withDriver { driver in
            let marker = Self.makeMarker()
            async let error = thrownSQLError {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await driver.write { try $0.execute("SELECT pg_sleep(600) /* \(marker) */") }
                    }
                    try await Self.waitUntilRunning(marker, driver)
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }

            let code = await error.code
            let running = try await Self.running(marker, driver)

            #expect(code == .cancelled)
            #expect(running == 0)
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test func snapshotIsCancelledToo() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.snapshot(
                    [SQLStatement("SELECT 1"), SQLStatement("SELECT pg_sleep(600)"), SQLStatement("SELECT 2")],
                    timeout: .milliseconds(50),
                    into: 0
                ) { count, _, _ in count += 1 }
            }
            let alive = try await driver.read { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }

            #expect(error.code == .timedOut)
            #expect(alive == [1])
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test func taskThatIsCancelledAlreadySendsNothing() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.cancelAll()
                    group.addTask { try await driver.write { try $0.execute("SELECT 1") } }
                    try await group.waitForAll()
                }
            }

            #expect(error.code == .cancelled)
        }
    }

    @Test func deadlineThatHasPassedSendsNothing() async throws {
        try await PostgresFixture.withDriver { driver in
            let error = await thrownSQLError {
                try await driver.write(timeout: .zero) { try $0.execute("CREATE TABLE late (id BIGINT)") }
            }

            #expect(error.code == .timedOut)
        }
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(1_000_000_000), .seconds(60)])
    func longDeadlineIsNoDeadline(timeout: Duration) async throws {
        try await PostgresFixture.withDriver {
            $0.acquireTimeout = timeout
            $0.connectTimeout = timeout
            $0.transactionTimeout = timeout
        } _: { driver in
            let read = try await driver.read(timeout: timeout) {
                try $0.query("SELECT 1::bigint") { try $0.integer(0) }
            }

            #expect(read == [1])
        }
    }

    @Test func taskCancelledBetweenTwoStatementsRollsBack() async throws {
        try await PostgresFixture.withDriver { driver in
            let hasBegun = DispatchSemaphore(value: 0)
            let goOn = DispatchSemaphore(value: 0)
            let task = Task {
                try await driver.write { transaction in
                    try transaction.execute("CREATE TABLE halves (id BIGINT)")
                    hasBegun.signal()
                    goOn.wait()
                }
            }
            try await hasBegun.arrival()
            task.cancel()
            goOn.signal()
            let error = await thrownSQLError { try await task.value }
            let missing = try await driver.read {
                try $0.query("SELECT to_regclass('halves') IS NULL") { try $0.integer(0) }
            }

            #expect(error.code == .cancelled)
            #expect(missing == [1])
            #expect(driver.statistics.reconnections == 0)
        }
    }

    @Test func waitForARowLockEndsAtTheDeadline() async throws {
        try await PostgresFixture.withDriver { driver in
            _ = try await driver.write { transaction in
                try transaction.executeScript("CREATE TABLE locked (id BIGINT); INSERT INTO locked VALUES (1)")
            }
            let isLocked = DispatchSemaphore(value: 0)
            let goOn = DispatchSemaphore(value: 0)
            async let holder: Int = driver.write { transaction in
                let count = try transaction.execute("UPDATE locked SET id = 2")
                isLocked.signal()
                goOn.wait()
                return count
            }
            try await isLocked.arrival()
            let error = await thrownSQLError {
                try await driver.write(timeout: .milliseconds(50)) { try $0.execute("UPDATE locked SET id = 3") }
            }
            goOn.signal()
            let changed = try await holder
            let stored = try await driver.read { try $0.query("SELECT id FROM locked") { try $0.integer(0) } }

            #expect(error.code == .timedOut)
            #expect(changed == 1)
            #expect(stored == [2])
        }
    }

    @Test func lateCancelRequestNeverHitsTheNextStatement() async throws {
        var random = SeededRandom()
        let waits = (0..<150).map { _ in Int.random(in: 0...4_000, using: &random) }
        try await PostgresFixture.withDriver { driver in
            var timeouts = 0
            for micros in waits {
                do {
                    _ = try await driver.read(timeout: .microseconds(micros)) {
                        try $0.execute("SELECT pg_sleep(0.002)")
                    }
                } catch let error as SQLError where error.code == .timedOut {
                    timeouts += 1
                }
                let alive = try await driver.write { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }
                #expect(alive == [1], "\(random)")
            }

            #expect(timeouts > 0, "\(random)")
            #expect(driver.statistics.connections == 1, "\(random)")
            #expect(driver.statistics.reconnections == 0, "\(random)")
        }
    }

    @Test func stormOfCancelledTasksLeavesAWorkingPool() async throws {
        var random = SeededRandom()
        let waits = (0..<200).map { _ in Int.random(in: 0...8_000, using: &random) }
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 4
        } _: { driver in
            await withTaskGroup(of: Void.self) { group in
                for (index, micros) in waits.enumerated() {
                    group.addTask {
                        await withTaskGroup(of: Void.self) { inner in
                            inner.addTask {
                                _ = try? await driver.write(timeout: .seconds(20)) { transaction in
                                    try transaction.execute("SELECT pg_sleep(0.001), $1", [.integer(Int64(index))])
                                    try transaction.execute("SELECT pg_sleep(0.001)")
                                }
                            }
                            inner.addTask { try? await Task.sleep(for: .microseconds(micros)) }
                            await inner.next()
                            inner.cancelAll()
                        }
                    }
                }
            }
            for value in 0..<20 {
                let read = try await driver.read {
                    try $0.query("SELECT $1", [.integer(Int64(value))]) { try $0.integer(0) }
                }
                #expect(read == [Int64(value)], "\(random)")
            }
            let statistics = driver.statistics

            #expect(statistics.connections <= 4, "\(random)")
            #expect(statistics.connectionsInUse == 0, "\(random)")
            #expect(statistics.waiters == 0, "\(random)")
        }
    }
}
