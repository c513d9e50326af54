public import MarketData

/// What storing a piece did.
public struct StoreOutcome<Record: Hashable & Sendable>: Hashable, Sendable {
    /// The number of the series' row; nil for an outcome that was only foreseen.
    public let seriesID: Int64?
    /// The series' version afterwards: one more than before if a reader can notice the change, else the same.
    public let version: Int64
    /// Whether the version is one more than before.
    public let hasRaisedVersion: Bool
    /// What is known of the series afterwards.
    public let coverage: Coverage
    /// All records of the piece's range as they are stored now, with revision and finality.
    public let records: [Record]
    /// How many records are new.
    public let inserted: Int
    /// The records whose values (or given revision) replaced others, as they are stored now.
    public let revised: [Record]
    /// How many records came again with equal values; only their fetch time was renewed.
    public let unchanged: Int
    /// How many incoming records were left out: of no higher given revision, or unsettled where the stored are final.
    public let outdated: Int
    /// How many stored records were deleted because the answer lacks them.
    public let removed: Int
    /// What a refresh changed of what was known before, oldest first; empty for a fetch.
    public let changes: [RecordChange<Record>]
    /// The database's clock; what is provisional in the range was fetched then.
    public let databaseNow: Timestamp
    /// Blocks in the range that could not be read and were given up.
    var damaged: [DamagedBlocks.Block] = []

    /// Creates an outcome.
    public init(
        seriesID: Int64?,
        version: Int64,
        hasRaisedVersion: Bool,
        coverage: Coverage,
        records: [Record],
        inserted: Int,
        revised: [Record],
        unchanged: Int,
        outdated: Int,
        removed: Int,
        changes: [RecordChange<Record>],
        databaseNow: Timestamp
    ) {
        self.seriesID = seriesID
        self.version = version
        self.hasRaisedVersion = hasRaisedVersion
        self.coverage = coverage
        self.records = records
        self.inserted = inserted
        self.revised = revised
        self.unchanged = unchanged
        self.outdated = outdated
        self.removed = removed
        self.changes = changes
        self.databaseNow = databaseNow
    }
}
