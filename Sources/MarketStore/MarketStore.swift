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
    /// How long reading a series or writing a line of the ledger may take; nil for the database's own limit.
    let deadline: Duration?
    let logger: Logger

    /// Creates a store over an opened database; call `migrate()` before anything else.
    ///
    /// `clock` is nil for the database's own clock, which all workers share; tests pass one of their own, with the
    /// `serverStart` by it. `deadline` is how long reading a series or writing a line of the ledger may take before
    /// `timedOut`, nil for the database's own limit; storing data always has that.
    public init(
        database: Database,
        clock: (@Sendable () -> Timestamp)? = nil,
        serverStart: Timestamp? = nil,
        deadline: Duration? = nil,
        logger: Logger
    ) {
        self.database = database
        self.deadline = deadline
        self.clock = StoreClock(given: clock, givenServerStart: serverStart)
        self.logger = logger
    }
}
