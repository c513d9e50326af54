import DBN

/// Records of all modelled types with random values, the extremes often.
struct RandomRecord {
    private var random: SeededRandom

    init(seed: UInt64) {
        self.random = SeededRandom(seed: seed)
    }

    mutating func next() -> DBNRecord {
        switch Int.random(in: 0..<11, using: &self.random) {
        case 0: .ohlcv(self.ohlcv())
        case 1: .trade(self.trade())
        case 2: .mbp1(self.mbp1())
        case 3: .bbo(self.bbo())
        case 4: .cmbp1(self.cmbp1())
        case 5: .cbbo(self.cbbo())
        case 6: .definition(self.definition())
        case 7: .status(self.status())
        case 8:
            .error(
                ErrorRecord(header: self.header(.error), message: self.text(301), code: self.int(), isLast: self.int())
            )
        case 9: .system(SystemRecord(header: self.header(.system), message: self.text(302), code: self.int()))
        default: .symbolMapping(self.symbolMapping())
        }
    }

    private mutating func int<Value: FixedWidthInteger>() -> Value {
        switch Int.random(in: 0..<6, using: &self.random) {
        case 0: Value.max
        case 1: Value.min
        case 2: 0
        default: Value.random(in: Value.min...Value.max, using: &self.random)
        }
    }

    /// ASCII text of at most `bytesMax` characters, often just so long.
    private mutating func text(_ bytesMax: Int) -> String {
        let count = Bool.random(using: &self.random) ? bytesMax : Int.random(in: 0...bytesMax, using: &self.random)
        return String(
            decoding: (0..<count).map { _ in UInt8.random(in: 1...127, using: &self.random) },
            as: UTF8.self
        )
    }

    private mutating func header(_ rtypes: RType...) -> RecordHeader {
        RecordHeader(
            rtype: rtypes.randomElement(using: &self.random) ?? .trade,
            publisherID: self.int(),
            instrumentID: self.int(),
            tsEvent: self.int()
        )
    }

    private mutating func level() -> BidAskLevel {
        BidAskLevel(
            bidPrice: self.int(),
            askPrice: self.int(),
            bidSize: self.int(),
            askSize: self.int(),
            bidCount: self.int(),
            askCount: self.int()
        )
    }

    private mutating func consolidatedLevel() -> ConsolidatedLevel {
        ConsolidatedLevel(
            bidPrice: self.int(),
            askPrice: self.int(),
            bidSize: self.int(),
            askSize: self.int(),
            bidPublisherID: self.int(),
            askPublisherID: self.int()
        )
    }

    private mutating func ohlcv() -> OHLCVRecord {
        OHLCVRecord(
            header: self.header(.ohlcv1Second, .ohlcv1Minute, .ohlcv1Hour, .ohlcv1Day, .ohlcvEndOfDay),
            open: self.int(),
            high: self.int(),
            low: self.int(),
            close: self.int(),
            volume: self.int()
        )
    }

    private mutating func trade() -> TradeRecord {
        TradeRecord(
            header: self.header(.trade),
            price: self.int(),
            size: self.int(),
            action: Action(rawValue: self.int()),
            side: Side(rawValue: self.int()),
            flags: self.int(),
            depth: self.int(),
            tsRecv: self.int(),
            tsInDelta: self.int(),
            sequence: self.int()
        )
    }

    private mutating func mbp1() -> MBP1Record {
        MBP1Record(
            header: self.header(.mbp1),
            price: self.int(),
            size: self.int(),
            action: Action(rawValue: self.int()),
            side: Side(rawValue: self.int()),
            flags: self.int(),
            depth: self.int(),
            tsRecv: self.int(),
            tsInDelta: self.int(),
            sequence: self.int(),
            level: self.level()
        )
    }

    private mutating func bbo() -> BBORecord {
        BBORecord(
            header: self.header(.bbo1Second, .bbo1Minute),
            price: self.int(),
            size: self.int(),
            side: Side(rawValue: self.int()),
            flags: self.int(),
            tsRecv: self.int(),
            sequence: self.int(),
            level: self.level()
        )
    }

    private mutating func cmbp1() -> CMBP1Record {
        CMBP1Record(
            header: self.header(.cmbp1, .tcbbo),
            price: self.int(),
            size: self.int(),
            action: Action(rawValue: self.int()),
            side: Side(rawValue: self.int()),
            flags: self.int(),
            tsRecv: self.int(),
            tsInDelta: self.int(),
            level: self.consolidatedLevel()
        )
    }

    private mutating func cbbo() -> CBBORecord {
        CBBORecord(
            header: self.header(.cbbo1Second, .cbbo1Minute),
            price: self.int(),
            size: self.int(),
            side: Side(rawValue: self.int()),
            flags: self.int(),
            tsRecv: self.int(),
            level: self.consolidatedLevel()
        )
    }

    private mutating func definition() -> DefinitionRecord {
        var record = DefinitionRecord(header: self.header(.definition), rawSymbol: self.text(DBN.symbolBytesMax))
        record.tsRecv = self.int()
        record.minPriceIncrement = self.int()
        record.displayFactor = self.int()
        record.expiration = self.int()
        record.activation = self.int()
        record.strikePrice = self.int()
        record.rawInstrumentID = self.int()
        record.underlyingID = self.int()
        record.contractMultiplier = self.int()
        record.currency = self.text(3)
        record.exchange = self.text(4)
        record.asset = self.text(10)
        record.securityType = self.text(6)
        record.underlying = self.text(20)
        record.instrumentClass = self.int()
        record.securityUpdateAction = self.int()
        return record
    }

    private mutating func status() -> StatusRecord {
        StatusRecord(
            header: self.header(.status),
            tsRecv: self.int(),
            action: self.int(),
            reason: self.int(),
            tradingEvent: self.int(),
            isTrading: self.int(),
            isQuoting: self.int(),
            isShortSellRestricted: self.int()
        )
    }

    private mutating func symbolMapping() -> SymbolMappingRecord {
        SymbolMappingRecord(
            header: self.header(.symbolMapping),
            stypeIn: SType(rawValue: self.int()),
            stypeInSymbol: self.text(DBN.symbolBytesMax),
            stypeOut: SType(rawValue: self.int()),
            stypeOutSymbol: self.text(DBN.symbolBytesMax),
            startTs: self.int(),
            endTs: self.int()
        )
    }
}
