/// The layouts that are modelled here, each shared by one or several record types.
enum RecordLayout {
    case ohlcv, trade, mbp1, bbo, cmbp1, cbbo, definition, status, error, system, symbolMapping

    /// The layout of a record type, or nil when it is not modelled.
    @inline(__always)
    init?(_ rtype: RType) {
        switch rtype {
        case .ohlcv1Second, .ohlcv1Minute, .ohlcv1Hour, .ohlcv1Day, .ohlcvEndOfDay, .ohlcvDeprecated: self = .ohlcv
        case .trade: self = .trade
        case .mbp1: self = .mbp1
        case .bbo1Second, .bbo1Minute: self = .bbo
        case .cmbp1, .tcbbo: self = .cmbp1
        case .cbbo1Second, .cbbo1Minute: self = .cbbo
        case .definition: self = .definition
        case .status: self = .status
        case .error: self = .error
        case .system: self = .system
        case .symbolMapping: self = .symbolMapping
        default: return nil
        }
    }

    /// The size of a record without a send time, header included.
    @inline(__always)
    func byteCount(version: UInt8) -> Int {
        switch self {
        case .ohlcv: 56
        case .trade: 48
        case .mbp1, .bbo, .cmbp1, .cbbo: 80
        case .status: 40
        case .definition: version == 1 ? 360 : version == 2 ? 400 : 520
        case .error, .system: version == 1 ? 80 : 320
        case .symbolMapping: version == 1 ? 80 : 176
        }
    }
}
