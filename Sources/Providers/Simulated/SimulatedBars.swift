import MarketData

/// Adds minutes and trades, which come in order, up to bars of one timeframe.
struct SimulatedBars {
    private let timeframe: Timeframe
    private let asOf: Timestamp
    private var bars: [Bar] = []
    private var periodEnd = Timestamp(nanoseconds: .min)

    /// Creates a builder; a bar is final when its period has ended by `asOf`.
    init(timeframe: Timeframe, asOf: Timestamp) {
        self.timeframe = timeframe
        self.asOf = asOf
    }

    /// The bars, oldest first.
    func finish() -> [Bar] {
        self.bars
    }

    /// Adds a whole minute to a timeframe that is not shorter.
    mutating func add(_ minute: SimulatedMinute, prices tape: SimulatedTape) {
        self.add(
            Bar(
                timestamp: Timestamp(nanoseconds: minute.index * Timeframe.oneMinute.nanoseconds),
                open: tape.price(minute.open),
                high: tape.price(minute.high),
                low: tape.price(minute.low),
                close: tape.price(minute.close),
                volume: Double(minute.volume)
            )
        )
    }

    /// Adds one trade when it lies in `range`.
    mutating func add(
        _ trade: SimulatedTrade,
        ofMinute index: Int64,
        within range: TimeRange,
        prices tape: SimulatedTape
    ) {
        let trade = trade.trade(ofMinute: index, prices: tape)
        guard range.contains(trade.timestamp) else { return }
        self.add(
            Bar(
                timestamp: trade.timestamp,
                open: trade.price,
                high: trade.price,
                low: trade.price,
                close: trade.price,
                volume: trade.size
            )
        )
    }

    private mutating func add(_ part: Bar) {
        guard part.timestamp >= self.periodEnd else {
            let last = self.bars.count - 1
            self.bars[last].high = max(self.bars[last].high, part.high)
            self.bars[last].low = min(self.bars[last].low, part.low)
            self.bars[last].close = part.close
            self.bars[last].volume += part.volume
            return
        }
        var bar = part
        bar.timestamp = self.timeframe.floor(part.timestamp)
        self.periodEnd = self.timeframe.end(ofPeriodStarting: bar.timestamp)
        bar.isFinal = self.periodEnd <= self.asOf
        self.bars.append(bar)
    }
}
