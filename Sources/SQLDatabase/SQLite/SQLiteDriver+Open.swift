import Foundation
import GRDB
import GRDBSQLite

extension SQLiteDriver {
    /// Where a SQLite database lives.
    enum Location: Hashable, Sendable {
        case memory
        case file(String)
    }

    /// Opens a database, makes its missing folder, and checks that it answers.
    ///
    /// Throws `unavailable`, `corrupt`, `readOnly` or `busy`.
    static func open(
        _ location: Location,
        configuration: Database.Configuration,
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> SQLiteDriver {
        try await DatabaseThread.run {
            switch location {
            case .memory:
                let writer = try SQLiteConnection(
                    path: nil,
                    configuration: Self.settings(configuration),
                    statementsMax: configuration.preparedStatementsMax
                )
                return SQLiteDriver(writer: writer, openReader: nil, configuration: configuration, clock: clock)
            case .file(let path):
                try Self.makeFolder(of: path)
                let writer = try Self.openWriter(path, configuration, clock)
                return SQLiteDriver(
                    writer: writer,
                    openReader: { try Self.openReader(path, configuration) },
                    configuration: configuration,
                    clock: clock
                )
            }
        }
    }

    private static func settings(_ configuration: Database.Configuration) -> GRDB.Configuration {
        var settings = GRDB.Configuration()
        settings.label = "tapedeck.sqlite"
        settings.foreignKeysEnabled = true
        // While a connection is opened; transactions wait in `SQLiteInterruption`, which a cancellation ends.
        settings.busyMode = .timeout(configuration.busyTimeout / .seconds(1))
        return settings
    }

    private static func makeFolder(of path: String) throws(SQLError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw SQLError(.unavailable, "the folder of the SQLite file \(path) is missing and cannot be made")
        }
    }

    private static func openWriter(
        _ path: String,
        _ configuration: Database.Configuration,
        _ clock: any Clock<Duration>
    ) throws -> SQLiteConnection {
        var settings = Self.settings(configuration)
        settings.journalMode = .wal
        let deadline = Deadline(in: configuration.busyTimeout, on: clock)
        while true {
            do {
                return try Self.openFile(path, settings, configuration)
            } catch {
                guard error.code == .busy, !deadline.isPast else { throw error }
                // The switch to the write-ahead log does not wait for other processes that open the file just now.
                sqlite3_sleep(5)
            }
        }
    }

    private static func openReader(_ path: String, _ configuration: Database.Configuration) throws -> SQLiteConnection {
        var settings = Self.settings(configuration)
        settings.readonly = true
        return try Self.openFile(path, settings, configuration)
    }

    private static func openFile(
        _ path: String,
        _ settings: GRDB.Configuration,
        _ configuration: Database.Configuration
    ) throws(SQLError) -> SQLiteConnection {
        do {
            let statementsMax = configuration.preparedStatementsMax
            return try SQLiteConnection(path: path, configuration: settings, statementsMax: statementsMax)
        } catch {
            throw SQLError(
                error.code,
                "cannot open the SQLite file \(path): \(error.message)",
                sqlState: error.sqlState
            )
        }
    }
}
