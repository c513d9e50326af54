import DBN
import MarketData

/// A value that is made from one record of an answer.
protocol DatabentoSample: Sendable {
    /// What a record of an answer is.
    typealias Reading = DatabentoReading<Self>

    /// Reads a record, or nil when it is of another kind than asked for.
    static func read(_ record: DBNRecord) -> Reading?

    /// How far behind a record's time the answer is complete with that record, in nanoseconds.
    ///
    /// Nothing further can lie there.
    static func stepNanoseconds(_ timeframe: Timeframe) -> Int64
}

/// A record of an answer: its index time, and its value unless it says "no value".
struct DatabentoReading<Sample: Sendable>: Sendable {
    let time: UInt64
    let sample: Sample?
}

extension Bar: DatabentoSample {
    /// A bar of which a price is undefined is no bar: nothing was traded.
    static func read(_ record: DBNRecord) -> DatabentoReading<Bar>? {
        guard case .ohlcv(let record) = record else { return nil }
        let time = record.header.tsEvent
        guard let open = wholePrice(record.open), let high = wholePrice(record.high), let low = wholePrice(record.low),
            let close = wholePrice(record.close), let nanoseconds = Int64(exactly: time)
        else { return DatabentoReading(time: time, sample: nil) }
        let bar = Bar(
            timestamp: Timestamp(nanoseconds: nanoseconds),
            open: open,
            high: high,
            low: low,
            close: close,
            volume: Double(record.volume)
        )
        return DatabentoReading(time: time, sample: bar)
    }

    static func stepNanoseconds(_ timeframe: Timeframe) -> Int64 { timeframe.nanoseconds }
}

extension Quote: DatabentoSample {
    static func read(_ record: DBNRecord) -> DatabentoReading<Quote>? {
        switch record {
        case .bbo(let record): Self.reading(record.tsRecv, record.level)
        case .mbp1(let record): Self.reading(record.tsRecv, record.level)
        default: nil
        }
    }

    /// The times of samples may lie off the grid, so that a record completes its own instant only.
    static func stepNanoseconds(_ timeframe: Timeframe) -> Int64 { 1 }

    private static func reading(_ time: UInt64, _ level: BidAskLevel) -> DatabentoReading<Quote> {
        guard let nanoseconds = Int64(exactly: time) else { return DatabentoReading(time: time, sample: nil) }
        let (bid, ask) = (wholePrice(level.bidPrice), wholePrice(level.askPrice))
        let quote = Quote(
            timestamp: Timestamp(nanoseconds: nanoseconds),
            bidPrice: bid,
            askPrice: ask,
            bidSize: bid == nil ? nil : Double(level.bidSize),
            askSize: ask == nil ? nil : Double(level.askSize)
        )
        return DatabentoReading(time: time, sample: quote)
    }
}

extension Trade {
    /// The trade that a sampled quote carries or an event is; nil when there was none.
    init?(_ record: DBNRecord) {
        switch record {
        case .bbo(let record):
            self.init(record.header.tsEvent, record.price, record.size, record.side, record.sequence)
        case .mbp1(let record) where record.action == .trade:
            self.init(record.header.tsEvent, record.price, record.size, record.side, record.sequence)
        default: return nil
        }
    }

    private init?(_ time: UInt64, _ units: Int64, _ size: UInt32, _ side: WireSide, _ sequence: UInt32) {
        guard let price = wholePrice(units), let nanoseconds = Int64(exactly: time), size != 4_294_967_295 else {
            return nil
        }
        let aggressor: Trade.Side =
            switch side {
            case .bid: .buy
            case .ask: .sell
            default: .none
            }
        self.init(
            timestamp: Timestamp(nanoseconds: nanoseconds),
            price: price,
            size: Double(size),
            side: aggressor,
            sequence: sequence
        )
    }
}

// Within `Trade` the plain name means the trade's own type.
private typealias WireSide = Side

/// A price in whole units, or nil for "no price".
private func wholePrice(_ units: Int64) -> Double? {
    units == DBN.undefinedPrice ? nil : Double(units) / Double(DBN.priceUnitsPerWhole)
}
