import SQLDatabase
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConcurrencyConformanceTests {
    @Test(arguments: TestDatabase.sharedKinds) func readersRunBesideEachOtherAndAWriter(kind: TestDatabase.Kind)
        async throws
    {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1)")
            let blocker = Blocker()

            // All five transactions are open at once, or this never ends.
            let seen = try await withThrowingTaskGroup(of: [Int64].self) { group in
                group.addTask {
                    try await test.database.write { transaction in
                        try transaction.execute("INSERT INTO t VALUES (2)")
                        blocker.block()
                        return []
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        try await test.database.read { transaction in
                            blocker.block()
                            return try transaction.query("SELECT x FROM t") { try $0.integer(0) }
                        }
                    }
                }
                await blocker.arrived(5)
                #expect(test.database.statistics.connectionsInUse == 5)
                blocker.unblock(5)
                return try await group.reduce(into: [Int64]()) { $0 += $1 }
            }

            #expect(seen.filter { $0 == 1 }.count == 4)
        }
    }

    @Test(arguments: TestDatabase.kinds) func noIncrementIsLostUnderContention(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE c (n BIGINT); INSERT INTO c VALUES (0)")

            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        for _ in 0..<30 {
                            try await test.database.write { try $0.execute("UPDATE c SET n = n + 1") }
                        }
                    }
                }
                try await group.waitForAll()
            }

            try await expectInteger(300, test.database, "SELECT n FROM c")
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func noIncrementIsLostBetweenDatabaseObjects(kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            try await test.database.script("CREATE TABLE c (n BIGINT); INSERT INTO c VALUES (0)")

            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let database = try await Database.connect(test.url, logger: .silent)
                        for _ in 0..<25 {
                            try await database.write { try $0.execute("UPDATE c SET n = n + 1") }
                        }
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }

            try await expectInteger(100, test.database, "SELECT n FROM c")
        }
    }

    @Test(arguments: TestDatabase.kinds) func manyCallersShareFewConnections(kind: TestDatabase.Kind) async throws {
        var configuration = Database.Configuration()
        configuration.connectionsMax = 2
        try await TestDatabase.with(kind, configuration: configuration) { test in
            let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await test.database.read { transaction in
                            try transaction.query("SELECT CAST($1 AS BIGINT)", [.integer(Int64(number))]) {
                                try $0.integer(0)
                            }
                        }[0]
                    }
                }
                return try await group.reduce(0, +)
            }

            #expect(sum == 199 * 200 / 2)
            let statistics = test.database.statistics
            #expect(statistics.connectionsInUse == 0)
            #expect(statistics.waiters == 0)
            #expect(statistics.refusals == 0)
            #expect(statistics.connections <= 3)
        }
    }
}
