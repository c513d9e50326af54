extension DBNRecord {
    /// Decodes the record that fills `wire`, of which the last 8 bytes are its send time if `hasSendTime`.
    @inline(__always)
    init(_ wire: WireReader, version: UInt8, hasSendTime: Bool) throws(DBNError) {
        let header = RecordHeader(wire)
        guard let layout = RecordLayout(header.rtype) else {
            self = .other(header)
            return
        }
        let needed = layout.byteCount(version: version) + (hasSendTime ? 8 : 0)
        guard wire.bytes.count >= needed else {
            let message = "a record of type \(header.rtype) is \(wire.bytes.count) bytes long; it needs \(needed)"
            throw DBNError(.corruptRecord, message, at: wire.streamOffset)
        }
        switch layout {
        case .ohlcv: self = .ohlcv(OHLCVRecord(wire, header))
        case .trade: self = .trade(TradeRecord(wire, header))
        case .mbp1: self = .mbp1(MBP1Record(wire, header))
        case .bbo: self = .bbo(BBORecord(wire, header))
        case .cmbp1: self = .cmbp1(CMBP1Record(wire, header))
        case .cbbo: self = .cbbo(CBBORecord(wire, header))
        case .definition: self = .definition(try DefinitionRecord(wire, header, version: version))
        case .status: self = .status(StatusRecord(wire, header))
        case .error: self = .error(ErrorRecord(wire, header, version: version))
        case .system: self = .system(SystemRecord(wire, header, version: version))
        case .symbolMapping: self = .symbolMapping(try SymbolMappingRecord(wire, header, version: version))
        }
    }
}
