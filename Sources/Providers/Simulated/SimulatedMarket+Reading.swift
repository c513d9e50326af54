public import MarketData

extension SimulatedMarket {
    /// The bars whose period begins in `range`, oldest first; the one that holds `asOf` has what traded before it.
    ///
    /// All of them have revision 1 and are final when their period has ended by `asOf`. Throws `symbolUnknown`.
    public func bars(
        of symbol: String,
        _ timeframe: Timeframe,
        in range: TimeRange,
        asOf: Timestamp
    ) throws(ProviderError) -> [Bar] {
        let symbol = try self.symbol(symbol)
        guard let starts = TimeRange(timeframe.ceiling(range.start), timeframe.ceiling(range.end)) else { return [] }
        var tape = SimulatedTape(market: self, symbol: symbol, asOf: asOf)
        var bars = SimulatedBars(timeframe: timeframe, asOf: asOf)
        self.forEachMinute(in: starts, of: &tape, asOf: asOf) { minute, tape in
            if timeframe >= .oneMinute, minute.end <= asOf {
                bars.add(minute, prices: tape)
            } else {
                for trade in tape.trades(of: minute) {
                    bars.add(trade, ofMinute: minute.index, within: starts, prices: tape)
                }
            }
        }
        return bars.finish()
    }

    /// The trades in `range` before `asOf`, oldest first.
    ///
    /// Throws `symbolUnknown`.
    public func trades(of symbol: String, in range: TimeRange, asOf: Timestamp) throws(ProviderError) -> [Trade] {
        let symbol = try self.symbol(symbol)
        var tape = SimulatedTape(market: self, symbol: symbol, asOf: asOf)
        var trades: [Trade] = []
        self.forEachMinute(in: range, of: &tape, asOf: asOf) { minute, tape in
            for trade in tape.trades(of: minute).map({ $0.trade(ofMinute: minute.index, prices: tape) })
            where range.contains(trade.timestamp) {
                trades.append(trade)
            }
        }
        return trades
    }

    /// One quote for each period of `timeframe` in which something traded, as it stood at the period's end.
    ///
    /// They come oldest first, where that end lies in `range` and before `asOf`. Throws `symbolUnknown`.
    public func quotes(
        of symbol: String,
        _ timeframe: Timeframe,
        in range: TimeRange,
        asOf: Timestamp
    ) throws(ProviderError) -> [Quote] {
        let length = timeframe.nanoseconds
        let first = timeframe.ceiling(range.start).advancedSaturating(byNanoseconds: -length)
        let last = timeframe.ceiling(range.end).advancedSaturating(byNanoseconds: -length)
        guard let starts = TimeRange(first, last) else { return [] }
        let symbol = try self.symbol(symbol)
        let tape = SimulatedTape(market: self, symbol: symbol, asOf: asOf)
        return try self.bars(of: symbol.text, timeframe, in: starts, asOf: asOf).compactMap { bar in
            let end = timeframe.end(ofPeriodStarting: bar.timestamp)
            return end < asOf ? tape.quote(at: end, lastPrice: bar.close) : nil
        }
    }

    /// Calls `body` for each minute of trading that begins in `range`, after the market's start and before `asOf`.
    private func forEachMinute(
        in range: TimeRange,
        of tape: inout SimulatedTape,
        asOf: Timestamp,
        _ body: (SimulatedMinute, SimulatedTape) -> Void
    ) {
        guard let known = self.known(range.expanded(to: .oneMinute), asOf: asOf) else { return }
        for session in self.configuration.calendar.openRanges(in: known).ranges {
            let first = Timeframe.oneMinute.ceiling(session.start).nanoseconds / Timeframe.oneMinute.nanoseconds
            let end = Timeframe.oneMinute.ceiling(session.end).nanoseconds / Timeframe.oneMinute.nanoseconds
            var index = first
            while index < end {
                if let minute = tape.minute(index) { body(minute, tape) }
                index += 1
            }
        }
    }
}
