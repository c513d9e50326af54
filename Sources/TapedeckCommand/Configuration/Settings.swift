import Logging
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck
import TapedeckServer

/// All settings, resolved: what the program is built from.
struct Settings: Sendable {
    /// The database's address; may hold a password.
    var databaseURL = ConfigurationKeys.database.fallback
    /// Where notices are heard, nil for the database's own address; may hold a password.
    var listenDatabaseURL: String?
    /// The limits of the database's connections.
    var database = Database.Configuration()
    /// How long the database may take before it counts as down.
    var databaseSlowAfter = Duration.seconds(5)
    /// Where to buy, the preferred first; never empty.
    var providers = [ProviderID.simulated]
    /// The Databento account's key, nil without one.
    var databentoKey: String?
    /// The address of Databento's historical service, nil for the vendor's.
    var databentoURL: String?
    /// How long before the end of Databento's data a bar counts as still moving, for the timeframes that differ from
    /// the default.
    var settlingMargins: [Timeframe: Duration] = [:]
    /// How long a request to Databento may go without a byte, nil for the default.
    var hardTimeout: Duration?
    /// How the simulated market behaves.
    var simulated = SimulatedProvider.Configuration()
    /// The cache's limits and lifetimes.
    var cache = MarketDataCache.Configuration()
    /// How the worker listens and whom it lets in.
    var worker = WorkerConfiguration()
    /// What is put into memory at the start of a worker.
    var warmList = WarmList()
    /// Entries of the list that are warmed at a time at most.
    var warmConcurrencyMax = 4
    /// Periods in one piece of a backfill at most.
    var backfillPieceBarsMax = 10_000
    /// How old a stretch of final bars is packed; nil for never.
    var packAfter: Duration? = MarketStore.packAfterDefault
    /// What is logged, nil for the command's own choice.
    var logLevel: Logger.Level?
}

extension Settings: CustomReflectable {
    /// No children: a mirror (`dump`) shows no secret.
    var customMirror: Mirror { Mirror(self, children: []) }
}
