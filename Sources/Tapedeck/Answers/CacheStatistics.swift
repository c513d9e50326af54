/// How the cache is used, counted since the start of the process unless said otherwise.
public struct CacheStatistics: Hashable, Sendable {
    /// Bars in memory now.
    public var barsHeld = 0
    /// The most bars that memory may hold.
    public var barsMax = 0
    /// Bytes that they take: their arrays as they are allocated, with the pages and series that hold them.
    public var bytesHeld = 0
    /// Pages in memory now.
    public var pagesHeld = 0
    /// Series with a page in memory now.
    public var seriesHeld = 0
    /// Symbols whose newest prices are in memory now.
    public var quotesHeld = 0
    /// The most symbols whose newest prices memory may hold.
    public var quotesMax = 0
    /// Pages that were evicted for lack of room.
    public var evictions = 0
    /// Reads that were answered from memory.
    public var memoryHits = 0
    /// Reads that were answered from the database.
    public var databaseHits = 0
    /// Reads for which something was bought, by themselves or by a read they waited for.
    public var providerReads = 0
    /// Reads that ended in an error.
    public var failures = 0
    /// Reads that waited for another read's fetch in place of starting their own.
    public var joins = 0
    /// Upstream requests begun.
    public var purchases = 0
    /// Upstream requests that failed.
    public var purchaseFailures = 0
    /// Records bought.
    public var recordsBought = 0
    /// Billed bytes bought.
    public var bytesBought = 0
    /// US dollars spent, as far as prices are known.
    public var costUSD = 0.0
    /// Records answered without buying them for the answer; the newest prices of a symbol count as one.
    public var recordsSaved = 0
    /// What these would have been billed, in bytes, going by the purchases of their kind before.
    public var bytesSaved = 0
    /// What they would have cost, going by what purchases of their kind have cost this process on average.
    ///
    /// What is answered before the process has bought anything of the kind counts nothing.
    public var savedUSD = 0.0
    /// Purchases of which the ledger could not be told.
    public var ledgerFailures = 0
    /// Purchases that were refused because of a spending limit.
    public var budgetRefusals = 0
    /// What the cache does with its stores and its providers.
    public var mode = CacheMode.cache
    /// Answers that were marked stale.
    public var staleAnswers = 0
    /// Times that something was bought again in the background because it had just expired.
    public var revalidations = 0
    /// Times that something was bought again before it expired, because it is read often.
    public var refreshesAhead = 0
    /// Purchases in the background that wait or run now.
    public var renewals = 0
    /// How the circuit breakers of the providers that were asked stand, by provider.
    public var breakers: [BreakerReport] = []
    /// How often past quotes were looked through for what the retention does not keep.
    public var retentionRuns = 0
    /// Rows that the retention removed from the database.
    public var retentionRowsRemoved = 0
    /// Blocks that this worker has packed from rows; what is bought old is stored packed and does not count.
    public var packedBlocks = 0
    /// The bars in them.
    public var packedBars = 0
    /// The length of these blocks.
    public var packedBytes = 0
    /// Packed blocks that could not be read and were given up, to be bought again.
    public var damagedBlocks = 0
    /// Fetches under way now.
    public var flights = 0
    /// Reads that wait for a fetch now.
    public var waiters = 0

    /// Whether the database is in use.
    public var databaseState = DatabaseState()
    /// How often the database stopped being up.
    public var databaseOutages = 0
    /// Records bought that wait to be written to the database now.
    public var writeBehindRecords = 0
    /// The most records that may wait to be written; while there is no room nothing more is bought.
    public var writeBehindRecordsMax = 0
    /// How long the oldest of them has waited.
    public var writeBehindAge: Duration = .zero
    /// Records bought that could not be written and are lost.
    public var writeBehindDropped = 0
    /// What is heard of the other workers.
    public var fleet = FleetFigures()
    /// The day's budget, nil when none is set.
    public var budget: BudgetReport?

    /// Creates statistics of nothing.
    public init() {}
}
