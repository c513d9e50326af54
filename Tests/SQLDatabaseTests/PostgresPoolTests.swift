import Foundation
import Locking
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresPoolTests {
    /// Holds all connections until the body is over.
    private static func whileHolding<Value>(
        _ count: Int,
        _ driver: PostgresDriver,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let isHeld = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        async let held: Void = withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    do {
                        try await driver.write { _ in
                            isHeld.signal()
                            goOn.wait()
                        }
                    } catch {
                        isHeld.signal()
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
        for _ in 0..<count { try await isHeld.arrival() }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for _ in 0..<count { goOn.signal() }
        try await held
        return try result.get()
    }

    @Test func callerIsRefusedAfterTheAcquireTimeout() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 2
            $0.acquireTimeout = .seconds(1)
        } _: { driver in
            let error = try await Self.whileHolding(2, driver) {
                await thrownSQLError { try await driver.read { try $0.execute("SELECT 1") } }
            }

            #expect(error.code == .poolExhausted)
            #expect(driver.statistics.refusals == 1)
            #expect(driver.statistics.waiters == 0)
            #expect(driver.statistics.connections == 2)
            #expect(driver.statistics.waits >= 1 && driver.statistics.waitTime >= .seconds(1))
        }
    }

    @Test func callerWhoseDeadlinePassesFirstIsTimedOut() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
        } _: { driver in
            let error = try await Self.whileHolding(1, driver) {
                await thrownSQLError {
                    try await driver.read(timeout: .milliseconds(20)) { try $0.execute("SELECT 1") }
                }
            }

            #expect(error.code == .timedOut)
            #expect(driver.statistics.refusals == 0)
        }
    }

    @Test func callerWhoseDeadlineHasPassedNeverWaits() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
        } _: { driver in
            let codes = try await Self.whileHolding(1, driver) {
                await withTaskGroup(of: SQLError.Code.self) { group in
                    for _ in 0..<500 {
                        group.addTask {
                            await thrownSQLError {
                                try await driver.read(timeout: .zero) { try $0.execute("SELECT 1") }
                            }
                            .code
                        }
                    }
                    return await group.reduce(into: Set()) { $0.insert($1) }
                }
            }

            #expect(codes == [.timedOut])
            #expect(driver.statistics.waiters == 0)
        }
    }

    @Test func callerBeyondTheWaitingLimitIsRefusedAtOnce() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 1
            $0.waitersMax = 1
        } _: { driver in
            try await Self.whileHolding(1, driver) {
                let waiting = Task { try await driver.read { try $0.execute("SELECT 1") } }
                while driver.statistics.waiters == 0 { await Task.yield() }
                let error = await thrownSQLError { try await driver.read { try $0.execute("SELECT 1") } }
                waiting.cancel()
                let cancelled = await thrownSQLError { try await waiting.value }

                #expect(error.code == .poolExhausted)
                #expect(cancelled.code == .cancelled)
                #expect(driver.statistics.waiters == 0)
            }
        }
    }

    @Test func manyCallersShareFewConnections() async throws {
        try await PostgresFixture.withDriver {
            $0.connectionsMax = 3
        } _: { driver in
            _ = try await driver.write { try $0.execute("CREATE TABLE counts (id BIGINT PRIMARY KEY, n BIGINT)") }
            _ = try await driver.write { try $0.execute("INSERT INTO counts VALUES (1, 0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        if index.isMultiple(of: 2) {
                            _ = try await driver.write { try $0.execute("UPDATE counts SET n = n + 1 WHERE id = 1") }
                        } else {
                            let sql = "SELECT $1"
                            let read = try await driver.read {
                                try $0.query(sql, [.integer(Int64(index))]) { try $0.integer(0) }
                            }
                            #expect(read == [Int64(index)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await driver.read { try $0.query("SELECT n FROM counts") { try $0.integer(0) } }

            #expect(count == [100])
            #expect(driver.statistics.connections <= 3)
            #expect(driver.statistics.refusals == 0)
        }
    }

    @Test func sequentialCallersUseOneConnection() async throws {
        try await PostgresFixture.withDriver { driver in
            for _ in 0..<20 { _ = try await driver.read { try $0.execute("SELECT 1") } }

            #expect(driver.statistics.connections == 1)
        }
    }

    @Test func transactionsThatBlockLeaveSwiftsThreadsFree() async throws {
        let count = 2 * ProcessInfo.processInfo.activeProcessorCount
        try await PostgresFixture.withDriver {
            $0.connectionsMax = count + 1
        } _: { driver in
            let alive = try await Self.whileHolding(count, driver) {
                try await driver.read { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }
            }

            #expect(alive == [1])
        }
    }

    @Test func driverThatIsForgottenClosesItsConnections() async throws {
        try await PostgresFixture.withDriver { observer in
            let backend = try await {
                let driver = try await PostgresFixture.open(try PostgresFixture.address([:]))
                return try await driver.read { try $0.query("SELECT pg_backend_pid()") { try $0.integer(0) } }
            }()
            var left: [Int64] = []
            repeat {
                left = try await observer.read {
                    try $0.query(
                        "SELECT count(*) FROM pg_stat_activity WHERE pid = $1",
                        [.integer(backend.first ?? 0)]
                    ) { try $0.integer(0) }
                }
            } while left != [0]

            #expect(left == [0])
        }
    }
}
