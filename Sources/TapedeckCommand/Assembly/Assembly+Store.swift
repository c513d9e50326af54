import Logging
import MarketStore
import SQLDatabase

extension Assembly {
    /// Opens the database and sees to its tables, as the purpose asks for.
    ///
    /// In bypass mode, which must work when the database is what fails, an empty one in memory stands in for one that
    /// cannot be used: only the ledger is kept there, and lost at the end.
    static func openStore(_ settings: Settings, for purpose: Purpose, logger: Logger) async throws -> MarketStore {
        do {
            return try await self.openStore(settings.databaseURL, settings, for: purpose, logger: logger)
        } catch let error as SQLError where settings.cache.mode == .bypass && purpose != .migration {
            logger.error("the database cannot be used, so what is bought will not be in its ledger: \(error)")
            return try await self.openStore("sqlite::memory:", settings, for: .worker, logger: logger)
        }
    }

    private static func openStore(
        _ url: String,
        _ settings: Settings,
        for purpose: Purpose,
        logger: Logger
    ) async throws -> MarketStore {
        let database = try await Database.connect(url, configuration: settings.database, logger: logger)
        let store = MarketStore(
            database: database,
            packAfter: settings.packAfter,
            deadline: settings.databaseSlowAfter,
            logger: logger
        )
        do {
            try await self.migrate(store, for: purpose, logger: logger)
            return store
        } catch {
            await database.close()
            throw error
        }
    }

    private static func migrate(_ store: MarketStore, for purpose: Purpose, logger: Logger) async throws {
        switch purpose {
        case .migration: return
        case .worker: break
        case .command:
            let status = try await store.migrationStatus()
            guard !status.isCurrent else { return }
            guard status.applied.isEmpty else {
                throw SQLError(
                    .migration,
                    "it lacks \(status.pending.count) migrations of this program: run 'tapedeck migrate'"
                )
            }
        }
        for migration in try await store.migrate() {
            logger.info("migration applied", metadata: ["migration": "\(migration)"])
        }
    }
}
