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
            let connections = SQLiteConnections(statementsMax: configuration.preparedStatementsMax)
            let settings = Self.settings(configuration, connections)
            do {
                let database: any DatabaseWriter =
                    switch location {
                    case .memory: try DatabaseQueue(configuration: settings)
                    case .file(let path): try Self.openFile(path, settings, configuration, clock)
                    }
                return SQLiteDriver(
                    database: database,
                    connections: connections,
                    isInMemory: location == .memory,
                    configuration: configuration,
                    clock: clock
                )
            } catch let error as DatabaseError {
                throw Self.openingFailed(location, SQLError.sqlite(error))
            }
        }
    }

    private static func settings(
        _ configuration: Database.Configuration,
        _ connections: SQLiteConnections
    ) -> GRDB.Configuration {
        var settings = GRDB.Configuration()
        settings.label = "tapedeck.sqlite"
        settings.maximumReaderCount = configuration.connectionsMax
        settings.foreignKeysEnabled = true
        settings.persistentReadOnlyConnections = true
        // While a connection is opened; transactions wait in `SQLiteInterruption`, which a cancellation ends.
        settings.busyMode = .timeout(configuration.busyTimeout / .seconds(1))
        settings.prepareDatabase { database in
            guard let connection = database.sqliteConnection else { return }
            connections.add(connection)
        }
        return settings
    }

    private static func openFile(
        _ path: String,
        _ settings: GRDB.Configuration,
        _ configuration: Database.Configuration,
        _ clock: any Clock<Duration>
    ) throws -> DatabasePool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw SQLError(.unavailable, "the folder of the SQLite file \(path) is missing and cannot be made")
        }
        let deadline = Deadline(in: configuration.busyTimeout, on: clock)
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: settings)
                // An acknowledged write survives the loss of power, not only the end of the process: the log is
                // flushed at each commit. For batches that costs next to nothing.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                return pool
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && !deadline.isPast {
                // The switch to the write-ahead log does not wait for other processes that open the file just now.
                sqlite3_sleep(5)
            }
        }
    }

    private static func openingFailed(_ location: Location, _ error: SQLError) -> SQLError {
        guard case .file(let path) = location else { return error }
        return SQLError(error.code, "cannot open the SQLite file \(path): \(error.message)", sqlState: error.sqlState)
    }
}
