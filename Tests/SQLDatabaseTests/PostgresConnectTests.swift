import Foundation
import Testing

@testable import SQLDatabase

@Suite(.enabled(if: PostgresFixture.url != nil, PostgresFixture.skipReason), .timeLimit(.minutes(1)))
struct PostgresConnectTests {
    /// A loopback port that refuses connections as long as the closure runs.
    private static func withDeadPort<Value>(_ body: (UInt16) async throws -> Value) async throws -> Value {
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(holder) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                // Bound and not listening: nobody else can take the port.
                _ = bind(holder, pointer, length)
                _ = getsockname(holder, pointer, &length)
            }
        }
        return try await body(UInt16(bigEndian: address.sin_port))
    }

    /// Lends a role that needs a password, where the server's pg_hba.conf asks for one as that of scripts/postgres does.
    private static func withPasswordRole(_ body: (String) async throws -> Void) async throws {
        let admin = try await PostgresFixture.open(try PostgresFixture.address([:]))
        let password = "right-\(UInt64.random(in: 0 ... .max))"
        _ = try await admin.write { transaction in
            try transaction.executeScript(
                "DROP ROLE IF EXISTS with_password; CREATE ROLE with_password LOGIN PASSWORD '\(password)'"
            )
        }
        do {
            try await body(password)
        } catch {
            await admin.close()
            throw error
        }
        _ = try await admin.write { try $0.execute("DROP ROLE with_password") }
        await admin.close()
    }

    @Test func wrongPasswordIsAuthenticationFailedAndIsNotShown() async throws {
        try await Self.withPasswordRole { password in
            let right = try PostgresFixture.address(["user": "with_password", "password": password])
            let wrong = try PostgresFixture.address(["user": "with_password", "password": "hunter2-secret"])
            let none = try PostgresFixture.address(["user": "with_password", "password": ""])
            let driver = try await PostgresFixture.open(right)
            let user = try await driver.read { try $0.query("SELECT current_user") { try $0.text(0) } }
            await driver.close()
            let error = await thrownSQLError { try await PostgresFixture.open(wrong) }
            let other = await thrownSQLError { try await PostgresFixture.open(none) }

            #expect(user == ["with_password"])
            #expect(error.code == .authenticationFailed)
            #expect(error.message.contains("with_password"))
            #expect(!error.description.contains("hunter2"))
            #expect(other.code == .authenticationFailed)
        }
    }

    @Test func missingDatabaseIsAnInvalidAddress() async throws {
        let url = try PostgresFixture.address(["dbname": "missing_database"])
        let error = await thrownSQLError { try await PostgresFixture.open(url) }

        #expect(error.code == .invalidURL)
        #expect(error.message.contains("missing_database"))
    }

    @Test func deadServerIsUnavailableAndNamed() async throws {
        try await Self.withDeadPort { port in
            let url = "postgres://bot:hunter2@127.0.0.1:\(port)/db"
            let error = await thrownSQLError { try await PostgresFixture.open(url) }

            #expect(error.code == .unavailable)
            #expect(error.message.contains("port \(port)"))
            #expect(error.message.contains("refused"))
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test func deadFirstHostIsPassedOver() async throws {
        try await PostgresProxy.with { proxy, url in
            try await Self.withDeadPort { port in
                let settings = try PostgresSettings(url: url, connectTimeout: .seconds(5))
                let hosts = settings.address(replacing: [
                    "host": "127.0.0.1,127.0.0.1", "port": "\(port),\(proxy.port)",
                    "target_session_attrs": "read-write",
                ])
                let driver = try await PostgresFixture.open(hosts)
                let alive = try await driver.write { try $0.query("SELECT 1::bigint") { try $0.integer(0) } }
                await driver.close()

                #expect(alive == [1])
                #expect(proxy.connectionCount == 1)
            }
        }
    }

    @Test func hostThatAcceptsAndSaysNothingIsPassedOver() async throws {
        try await PostgresProxy.with { silent, url in
            silent.setBehaviour(.stall)
            try await PostgresProxy.withProxy { proxy, _ in
                let settings = try PostgresSettings(url: url, connectTimeout: .seconds(5))
                let hosts = settings.address(replacing: [
                    "host": "127.0.0.1,127.0.0.1", "port": "\(silent.port),\(proxy.port)", "connect_timeout": "2",
                ])
                let driver = try await PostgresFixture.open(hosts)
                await driver.close()

                #expect(silent.connectionCount == 1)
                #expect(proxy.connectionCount == 1)
            }
        }
    }

    @Test func callerDoesNotWaitLongerThanItsDeadlineForAServerThatSaysNothing() async throws {
        try await PostgresProxy.with(parameters: ["connect_timeout": "600"]) { proxy, url in
            proxy.setBehaviour(.stall)
            var configuration = Database.Configuration()
            configuration.transactionTimeout = .milliseconds(50)
            let late = await thrownSQLError { try await PostgresFixture.open(url, configuration) }
            configuration.transactionTimeout = .seconds(60)
            configuration.acquireTimeout = .milliseconds(50)
            let patient = await thrownSQLError { try await PostgresFixture.open(url, configuration) }

            #expect(late.code == .timedOut)
            #expect(patient.code == .unavailable)
        }
    }

    @Test func closedDatabaseRefusesCallers() async throws {
        let driver = try await PostgresFixture.open(try PostgresFixture.address([:]))
        await driver.close()
        await driver.close()
        let error = await thrownSQLError { try await driver.read { try $0.execute("SELECT 1") } }

        #expect(error.code == .closed)
        #expect(driver.statistics.connections == 0)
    }

    @Test func closingWaitsForRunningTransactions() async throws {
        let driver = try await PostgresFixture.open(try PostgresFixture.address([:]))
        let hasBegun = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        async let running: [Int64] = driver.write { transaction in
            hasBegun.signal()
            goOn.wait()
            return try transaction.query("SELECT 1::bigint") { try $0.integer(0) }
        }
        try await hasBegun.arrival()
        async let closing: Void = driver.close()
        while (try? await driver.read { _ in }) != nil {}
        let refused = await thrownSQLError { try await driver.read { _ in } }
        goOn.signal()
        await closing
        let read = try await running

        #expect(refused.code == .closed)
        #expect(read == [1])
    }

    @Test func connectionsNameTheProgram() async throws {
        let driver = try await PostgresFixture.open(try PostgresFixture.address([:]))
        let names = try await driver.read {
            try $0.query("SELECT current_setting('application_name')") { try $0.text(0) }
        }
        await driver.close()

        #expect(names == ["tapedeck"])
    }
}
