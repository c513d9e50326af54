extension DBNRecord {
    /// All fields that are kept, the header's first.
    ///
    /// The length is left out: it differs between versions.
    package var fields: [RecordField] {
        let header = self.header
        return [
            RecordField("rtype", header.rtype.rawValue),
            RecordField("publisher_id", header.publisherID),
            RecordField("instrument_id", header.instrumentID),
            RecordField("ts_event", header.tsEvent),
        ] + self.bodyFields
    }

    private var bodyFields: [RecordField] {
        switch self {
        case .ohlcv(let record): record.fields
        case .trade(let record): record.fields
        case .mbp1(let record): record.fields
        case .bbo(let record): record.fields
        case .cmbp1(let record): record.fields
        case .cbbo(let record): record.fields
        case .definition(let record): record.fields
        case .status(let record): record.fields
        case .error(let record): record.fields
        case .system(let record): record.fields
        case .symbolMapping(let record): record.fields
        case .other: []
        }
    }
}

extension OHLCVRecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("open", self.open), RecordField("high", self.high), RecordField("low", self.low),
            RecordField("close", self.close), RecordField("volume", self.volume),
        ]
    }
}

extension BidAskLevel {
    fileprivate var fields: [RecordField] {
        [
            RecordField("bid_px_00", self.bidPrice), RecordField("ask_px_00", self.askPrice),
            RecordField("bid_sz_00", self.bidSize), RecordField("ask_sz_00", self.askSize),
            RecordField("bid_ct_00", self.bidCount), RecordField("ask_ct_00", self.askCount),
        ]
    }
}

extension ConsolidatedLevel {
    fileprivate var fields: [RecordField] {
        [
            RecordField("bid_px_00", self.bidPrice), RecordField("ask_px_00", self.askPrice),
            RecordField("bid_sz_00", self.bidSize), RecordField("ask_sz_00", self.askSize),
            RecordField("bid_pb_00", self.bidPublisherID), RecordField("ask_pb_00", self.askPublisherID),
        ]
    }
}

extension TradeRecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("price", self.price), RecordField("size", self.size),
            RecordField("action", self.action.rawValue), RecordField("side", self.side.rawValue),
            RecordField("flags", self.flags), RecordField("depth", self.depth), RecordField("ts_recv", self.tsRecv),
            RecordField("ts_in_delta", self.tsInDelta), RecordField("sequence", self.sequence),
        ]
    }
}

extension MBP1Record {
    fileprivate var fields: [RecordField] {
        [
            RecordField("price", self.price), RecordField("size", self.size),
            RecordField("action", self.action.rawValue), RecordField("side", self.side.rawValue),
            RecordField("flags", self.flags), RecordField("depth", self.depth), RecordField("ts_recv", self.tsRecv),
            RecordField("ts_in_delta", self.tsInDelta), RecordField("sequence", self.sequence),
        ] + self.level.fields
    }
}

extension BBORecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("price", self.price), RecordField("size", self.size), RecordField("side", self.side.rawValue),
            RecordField("flags", self.flags), RecordField("ts_recv", self.tsRecv),
            RecordField("sequence", self.sequence),
        ] + self.level.fields
    }
}

extension CMBP1Record {
    fileprivate var fields: [RecordField] {
        [
            RecordField("price", self.price), RecordField("size", self.size),
            RecordField("action", self.action.rawValue), RecordField("side", self.side.rawValue),
            RecordField("flags", self.flags), RecordField("ts_recv", self.tsRecv),
            RecordField("ts_in_delta", self.tsInDelta),
        ] + self.level.fields
    }
}

extension CBBORecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("price", self.price), RecordField("size", self.size), RecordField("side", self.side.rawValue),
            RecordField("flags", self.flags), RecordField("ts_recv", self.tsRecv),
        ] + self.level.fields
    }
}

extension DefinitionRecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("ts_recv", self.tsRecv), RecordField("min_price_increment", self.minPriceIncrement),
            RecordField("display_factor", self.displayFactor), RecordField("expiration", self.expiration),
            RecordField("activation", self.activation), RecordField("strike_price", self.strikePrice),
            RecordField("raw_instrument_id", self.rawInstrumentID), RecordField("underlying_id", self.underlyingID),
            RecordField("contract_multiplier", self.contractMultiplier), RecordField("currency", self.currency),
            RecordField("raw_symbol", self.rawSymbol), RecordField("exchange", self.exchange),
            RecordField("asset", self.asset), RecordField("security_type", self.securityType),
            RecordField("underlying", self.underlying), RecordField("instrument_class", self.instrumentClass),
            RecordField("security_update_action", self.securityUpdateAction),
        ]
    }
}

extension StatusRecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("ts_recv", self.tsRecv), RecordField("action", self.action),
            RecordField("reason", self.reason), RecordField("trading_event", self.tradingEvent),
            RecordField("is_trading", self.isTrading), RecordField("is_quoting", self.isQuoting),
            RecordField("is_short_sell_restricted", self.isShortSellRestricted),
        ]
    }
}

extension ErrorRecord {
    fileprivate var fields: [RecordField] {
        [RecordField("err", self.message), RecordField("code", self.code), RecordField("is_last", self.isLast)]
    }
}

extension SystemRecord {
    fileprivate var fields: [RecordField] {
        [RecordField("msg", self.message), RecordField("code", self.code)]
    }
}

extension SymbolMappingRecord {
    fileprivate var fields: [RecordField] {
        [
            RecordField("stype_in", self.stypeIn.rawValue), RecordField("stype_in_symbol", self.stypeInSymbol),
            RecordField("stype_out", self.stypeOut.rawValue), RecordField("stype_out_symbol", self.stypeOutSymbol),
            RecordField("start_ts", self.startTs), RecordField("end_ts", self.endTs),
        ]
    }
}
