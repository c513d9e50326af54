import Foundation
import Logging
import MarketData
import MarketStore
import SQLDatabase

/// Looks at the database: whether it answers, takes writes, has this program's tables, and how fast it is.
struct DatabaseDiagnosis: Sendable {
    /// Round trips that are measured.
    private static let roundTrips = 20
    /// A median above this makes every read from the database slow.
    private static let latencyMax: Duration = .milliseconds(20)

    let settings: Settings
    let logger: Logger

    /// Opens the database and looks at it; a SQLite file that does not exist is not made.
    func findings() async -> [Finding] {
        if let path = self.missingFile {
            return [.ok("database", "\(path) does not exist yet; the first command or worker makes it")]
                + DiskCheck.findings(path: path)
        }
        let database: Database
        do {
            database = try await Database.connect(
                self.settings.databaseURL,
                configuration: self.settings.database,
                logger: self.logger
            )
        } catch {
            return [.fail("database", Self.text(error), Self.advice(error))]
        }
        var findings: [Finding] = []
        do {
            findings = try await self.findings(of: database)
        } catch {
            findings.append(.fail("database", Self.text(error), Self.advice(error)))
        }
        await database.close()
        return findings
    }

    private func findings(of database: Database) async throws -> [Finding] {
        let store = MarketStore(database: database, logger: self.logger)
        let facts = try await database.facts()
        let address = (try? DatabaseURL(parsing: self.settings.databaseURL).redacted) ?? "the database"
        var findings: [Finding] = [.ok("database", "\(facts.version) at \(address)")]
        let status = try await store.migrationStatus()
        findings.append(Self.schema(status))
        findings.append(await Self.writing(database, facts, hasTables: status.isCurrent))
        findings.append(try await Self.latency(database))
        if facts.isPooled == true { findings.append(self.pooler()) }
        if database.dialect == .postgres {
            findings.append(await NoticeDiagnosis(settings: self.settings, logger: self.logger).finding())
        }
        if let mode = facts.journalMode, facts.path != nil, mode != "wal" {
            findings.append(
                .warn(
                    "database",
                    "the file is written with journal mode \(mode)",
                    "use a disk that allows WAL, not NFS"
                )
            )
        }
        if let path = facts.path { findings += DiskCheck.findings(path: path) }
        findings.append(try await Self.clock(database))
        return findings
    }

    /// The path of the SQLite file, when there is none.
    private var missingFile: String? {
        guard let address = try? DatabaseURL(parsing: self.settings.databaseURL).redacted,
            address.hasPrefix("sqlite:"), address != "sqlite::memory:"
        else { return nil }
        let path = String(address.dropFirst("sqlite:".count))
        return FileManager.default.fileExists(atPath: path) ? nil : path
    }

    private func pooler() -> Finding {
        guard self.settings.database.usesPreparedStatements else {
            return .ok("pooler", "a pooler stands before the server; prepared statements are off")
        }
        return .warn(
            "pooler",
            "a pooler stands before the server, and statements are prepared",
            "in transaction mode without tracking of prepared statements set "
                + "\(ConfigurationKeys.databasePreparedStatements.environment)=false"
        )
    }

    private static func schema(_ status: MigrationStatus) -> Finding {
        if status.isCurrent { return .ok("schema", "current, \(status.applied.count) migrations") }
        if status.applied.isEmpty { return .ok("schema", "empty; the first command or worker makes the tables") }
        return .fail("schema", "it lacks \(status.pending.count) migrations of this program", "run 'tapedeck migrate'")
    }

    /// Tries a write and takes it back.
    private static func writing(_ database: Database, _ facts: DatabaseFacts, hasTables: Bool) async -> Finding {
        let sql =
            hasTables
            ? "INSERT INTO database_sizes (hour, bytes) VALUES (-1, 0)" : "CREATE TABLE tapedeck_doctor (probe INTEGER)"
        do {
            try await Self.takeBack(sql, on: database)
            return .ok("writing", "a write was tried and taken back")
        } catch {
            let why = facts.isReadOnly ? "the server is a standby" : Self.text(error)
            return .fail("writing", "the database takes no writes: \(why)", Self.advice(error))
        }
    }

    /// Runs a statement in a transaction that is rolled back.
    private static func takeBack(_ sql: String, on database: Database) async throws {
        struct TakenBack: Error {}
        do {
            try await database.write { transaction in
                try transaction.execute(sql)
                throw TakenBack()
            }
        } catch is TakenBack {}
    }

    private static func latency(_ database: Database) async throws -> Finding {
        var times: [Duration] = []
        for _ in 0..<Self.roundTrips {
            let start = ContinuousClock.now
            _ = try await database.read { try $0.query("SELECT 1") { try $0.integer(0) } }
            times.append(.now - start)
        }
        let median = times.sorted()[Self.roundTrips / 2]
        let text = "a transaction takes \(NumberText.text((median / .microseconds(1)).rounded() / 1_000)) ms"
        guard median > Self.latencyMax else { return .ok("latency", text) }
        return .warn("latency", text, "bring worker and database closer together, or look for load on the server")
    }

    private static func clock(_ database: Database) async throws -> Finding {
        let before = SystemTime.now()
        let sql =
            switch database.dialect {
            case .sqlite: "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000000"
            case .postgres: "SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT) * 1000000000"
            }
        let times = try await database.read { try $0.query(sql) { Timestamp(nanoseconds: try $0.integer(0)) } }
        return ClockCheck.finding(
            "the database's clock",
            other: times[0],
            before: before,
            after: SystemTime.now(),
            resolution: .seconds(1)
        )
    }

    private static func text(_ error: any Error) -> String { (error as? SQLError)?.message ?? "\(error)" }

    private static func advice(_ error: any Error) -> String {
        switch (error as? SQLError)?.code {
        case .invalidURL: "fix DATABASE_URL"
        case .authenticationFailed: "fix user and password in DATABASE_URL"
        case .unavailable: "start the server, or fix host and port or path in DATABASE_URL"
        case .readOnly: "make the file and its folder writable for this user, or name the primary server"
        case .diskFull: "make room on the disk"
        case .busy, .poolExhausted, .timedOut: "look for a process that holds the database, and try again"
        case .migration: "use the program's version that fits the database, or a fresh database"
        case .corrupt: "restore the database from a backup"
        default: "see the server's log"
        }
    }
}
