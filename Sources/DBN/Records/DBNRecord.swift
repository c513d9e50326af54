/// One record of a stream.
///
/// Records with text are boxed, so that the frequent ones stay small and need no reference counting.
public enum DBNRecord: Hashable, Sendable {
    /// A bar, of schemas `ohlcv-*`.
    case ohlcv(OHLCVRecord)
    /// A trade.
    case trade(TradeRecord)
    /// The best price level of one venue, of schemas `mbp-1` and `tbbo`.
    case mbp1(MBP1Record)
    /// The best price level of one venue at an interval's end, of schemas `bbo-*`.
    case bbo(BBORecord)
    /// The best price level over all venues, of schemas `cmbp-1` and `tcbbo`.
    case cmbp1(CMBP1Record)
    /// The best price level over all venues at an interval's end, of schemas `cbbo-*`.
    case cbbo(CBBORecord)
    /// An instrument's definition.
    indirect case definition(DefinitionRecord)
    /// A trading status.
    case status(StatusRecord)
    /// An error of the gateway.
    indirect case error(ErrorRecord)
    /// A message of the gateway.
    indirect case system(SystemRecord)
    /// A symbol's mapping in a live stream.
    indirect case symbolMapping(SymbolMappingRecord)
    /// A record of a type that is not modelled here; its body was skipped.
    case other(RecordHeader)

    /// The header of the record.
    public var header: RecordHeader {
        switch self {
        case .ohlcv(let record): record.header
        case .trade(let record): record.header
        case .mbp1(let record): record.header
        case .bbo(let record): record.header
        case .cmbp1(let record): record.header
        case .cbbo(let record): record.header
        case .definition(let record): record.header
        case .status(let record): record.header
        case .error(let record): record.header
        case .system(let record): record.header
        case .symbolMapping(let record): record.header
        case .other(let header): header
        }
    }
}
