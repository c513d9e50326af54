/// What a stream says about itself before its first record.
///
/// The same value whatever version it was read from.
public struct DBNMetadata: Hashable, Sendable {
    /// The version of the stream that it was read from, 1 to 3.
    ///
    /// The encoder ignores it and writes version 3.
    public var version: UInt8
    /// The dataset, such as `GLBX.MDP3`, at most 15 ASCII characters.
    public var dataset: String
    /// What the records are, or nil when they are mixed.
    public var schema: Schema?
    /// The start of the range that was asked for, in nanoseconds; not the first record's time.
    public var start: UInt64
    /// The end of the range that was asked for, exclusive, in nanoseconds, or nil when it was open.
    public var end: UInt64?
    /// The most records that were asked for, or nil without a limit.
    public var limit: UInt64?
    /// How the symbols in the request were meant, or nil when mixed.
    public var stypeIn: SType?
    /// How the symbols in `mappings` intervals are meant: `SType.instrumentID` as a rule.
    public var stypeOut: SType
    /// Whether each record of the stream ends with the time at which it was sent.
    ///
    /// The encoder writes `false`.
    public var tsOut: Bool
    /// The symbols that were asked for.
    public var symbols: [String]
    /// The symbols that exist in a part of the range only.
    public var partial: [String]
    /// The symbols that do not exist in the range.
    public var notFound: [String]
    /// What each symbol stood for, by date.
    ///
    /// The order means nothing.
    public var mappings: [SymbolMapping]

    /// Creates metadata for a stream to write.
    public init(
        dataset: String,
        schema: Schema?,
        start: UInt64,
        end: UInt64?,
        limit: UInt64? = nil,
        stypeIn: SType?,
        stypeOut: SType = .instrumentID,
        symbols: [String],
        partial: [String] = [],
        notFound: [String] = [],
        mappings: [SymbolMapping]
    ) {
        self.version = DBN.version
        self.dataset = dataset
        self.schema = schema
        self.start = start
        self.end = end
        self.limit = limit
        self.stypeIn = stypeIn
        self.stypeOut = stypeOut
        self.tsOut = false
        self.symbols = symbols
        self.partial = partial
        self.notFound = notFound
        self.mappings = mappings
    }
}
