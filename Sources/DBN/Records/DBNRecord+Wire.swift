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

extension DBNRecord {
    /// The layout of the body, or nil when there is none.
    var layout: RecordLayout? {
        switch self {
        case .ohlcv: .ohlcv
        case .trade: .trade
        case .mbp1: .mbp1
        case .bbo: .bbo
        case .cmbp1: .cmbp1
        case .cbbo: .cbbo
        case .definition: .definition
        case .status: .status
        case .error: .error
        case .system: .system
        case .symbolMapping: .symbolMapping
        case .other: nil
        }
    }

    /// Appends the record as version 3 has it.
    ///
    /// On an error nothing is appended.
    func write(to queue: inout ByteQueue, byteCount: Int, streamOffset: Int) throws(DBNError) {
        let wire = WireWriter(bytes: queue.appendZeros(byteCount), streamOffset: streamOffset)
        do throws(DBNError) {
            try self.write(to: wire)
        } catch {
            queue.removeLast(byteCount)
            throw error
        }
    }

    private func write(to wire: WireWriter) throws(DBNError) {
        switch self {
        case .ohlcv(let record): record.write(to: wire)
        case .trade(let record): record.write(to: wire)
        case .mbp1(let record): record.write(to: wire)
        case .bbo(let record): record.write(to: wire)
        case .cmbp1(let record): record.write(to: wire)
        case .cbbo(let record): record.write(to: wire)
        case .definition(let record): try record.write(to: wire)
        case .status(let record): record.write(to: wire)
        case .error(let record): try record.write(to: wire)
        case .system(let record): try record.write(to: wire)
        case .symbolMapping(let record): try record.write(to: wire)
        case .other(let header): header.write(to: wire)
        }
    }
}
