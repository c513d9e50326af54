public import MarketData

extension SimulatedMarket {
    /// How many sessions back the newest trade is looked for.
    static let latestSessionsMax = 10

    /// The newest trade before `asOf`, and the quote that stood at that trade: both have their true age, also when the
    /// market is closed.
    ///
    /// Both are nil when nothing traded in the last ten sessions. Throws `symbolUnknown`.
    public func latest(of symbol: String, asOf: Timestamp) throws(ProviderError) -> (quote: Quote?, trade: Trade?) {
        let symbol = try self.symbol(symbol)
        var tape = SimulatedTape(market: self, symbol: symbol, asOf: asOf)
        var before = asOf
        for _ in 0..<Self.latestSessionsMax {
            guard let session = self.configuration.calendar.lastSession(startingBefore: before),
                let open = self.known(session, asOf: asOf)
            else { break }
            if let trade = self.lastTrade(in: open, of: &tape) {
                return (tape.quote(at: trade.timestamp, lastPrice: trade.price), trade)
            }
            before = session.start
        }
        return (nil, nil)
    }

    /// Walks the minutes of one session backwards to the first that has a trade.
    private func lastTrade(in open: TimeRange, of tape: inout SimulatedTape) -> Trade? {
        let length = Timeframe.oneMinute.nanoseconds
        let first = Timeframe.oneMinute.ceiling(open.start).nanoseconds / length
        var index = Timeframe.oneMinute.ceiling(open.end).nanoseconds / length - 1
        while index >= first {
            if let minute = tape.minute(index), let last = tape.trades(of: minute).last {
                return last.trade(ofMinute: index, prices: tape)
            }
            index -= 1
        }
        return nil
    }
}
