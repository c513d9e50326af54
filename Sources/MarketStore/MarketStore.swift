internal import Locking
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
    /// How long ago a stretch of final bars ended that is stored as a block; nil for never.
    public let packAfter: Duration?
    let logger: Logger
    let decoders = BlockDecoders()
    /// Blocks that could not be read and were given up.
    let damagedBlocks = Locked(0)

    /// How old a stretch of bars is packed unless something else is asked for: 7 days.
    public static let packAfterDefault: Duration = .seconds(7 * 86_400)

    /// Creates a store over an opened database; call `migrate()` before anything else.
    ///
    /// Final bars of a stretch that ended `packAfter` ago or earlier are stored as a block in place of rows; nil for
    /// never. What is packed already stays so until `unpackNext`.
    ///
    /// `clock` is nil for the database's own clock, which all workers share; tests pass one of their own, with the
    /// `serverStart` by it. `deadline` is how long reading a series or writing a line of the ledger may take before
    /// `timedOut`, nil for the database's own limit; storing data always has that.
    public init(
        database: Database,
        packAfter: Duration? = MarketStore.packAfterDefault,
        clock: (@Sendable () -> Timestamp)? = nil,
        serverStart: Timestamp? = nil,
        deadline: Duration? = nil,
        logger: Logger
    ) {
        self.database = database
        self.deadline = deadline
        self.packAfter = packAfter
        self.clock = StoreClock(given: clock, givenServerStart: serverStart)
        self.logger = logger
    }
}
