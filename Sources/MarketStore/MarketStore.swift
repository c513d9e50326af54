public import Logging
public import MarketData
public import SQLDatabase

/// The database tier: bars, quotes, trades, what is known of each series, and the ledger.
///
/// Rows and coverage change in one transaction, under the lock of their series' row, which also raises the series'
/// version: versions are gapless and in the order of the commits. Calls throw `StoreError` for what the store refuses
/// and `SQLError` for what the database does.
public final class MarketStore: Sendable {
    /// The database that holds everything.
    public let database: Database

    let clock: StoreClock
    let logger: Logger

    /// Creates a store over an opened database; call `migrate()` before anything else.
    ///
    /// `clock` is nil for the database's own clock, which all workers share; tests pass one of their own.
    public init(database: Database, clock: (@Sendable () -> Timestamp)? = nil, logger: Logger) {
        self.database = database
        self.clock = StoreClock(given: clock)
        self.logger = logger
    }
}
