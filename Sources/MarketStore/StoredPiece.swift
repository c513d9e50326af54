public import MarketData

/// An answer, or a part of one, that is to be stored together with what it makes known.
public struct StoredPiece<Record: Hashable & Sendable>: Sendable {
    /// Whose records.
    public var series: Series
    /// The records of `range`: sorted by time, each time once and on the timeframe's grid.
    public var records: [Record]
    /// The stretch that is complete with the records; a record belongs to it by its timestamp.
    public var range: TimeRange
    /// Up to when the provider's data had settled: whole periods before it become final, the rest is provisional.
    public var settledEnd: Timestamp
    /// What the answer may do to final records.
    public var mode: StoreMode
    /// Who numbers the records; quotes are not numbered.
    public var revisions: RevisionSource
    /// The purchase whose figures grow by this piece.
    public var purchase: PurchaseID?
    /// The lease under which it was bought, of which it gives up what comes before the end of its range.
    public var lease: LeaseToken?
    /// Billed bytes of this piece, for the purchase's figures.
    public var byteCount: Int
    /// How long ago it was fetched; what is stored and was fetched later stays where the piece had not settled.
    public var age: Duration

    /// Creates a piece.
    public init(
        series: Series,
        records: [Record],
        range: TimeRange,
        settledEnd: Timestamp,
        mode: StoreMode = .fetch,
        revisions: RevisionSource = .assigned,
        purchase: PurchaseID? = nil,
        lease: LeaseToken? = nil,
        byteCount: Int = 0,
        age: Duration = .zero
    ) {
        self.series = series
        self.records = records
        self.range = range
        self.settledEnd = settledEnd
        self.mode = mode
        self.revisions = revisions
        self.purchase = purchase
        self.lease = lease
        self.byteCount = byteCount
        self.age = age
    }
}

/// What an answer may do to records that are final.
public enum StoreMode: String, Hashable, Sendable {
    /// Fill what is missing: a final record that the answer lacks stays.
    case fetch
    /// Take the answer as the truth: a final record that the answer lacks is deleted.
    case refresh
}

/// Who numbers the records of an answer.
public enum RevisionSource: String, Hashable, Sendable {
    /// The store: 1 for a new record, one more whenever the values change.
    case assigned
    /// The records themselves, as when they come from another store: they replace only a lower revision.
    case given
}
