internal import MarketData

/// Decides which stored series answers for a series that was asked for.
enum SourceChoice {
    /// The timeframes that the asked one could come from: itself when it is sold, else those that divide it, the
    /// coarsest first.
    ///
    /// Empty when the provider sells nothing of use.
    static func candidates(_ timeframe: Timeframe, sold: Set<Timeframe>) -> [Timeframe] {
        if sold.contains(timeframe) { return [timeframe] }
        return sold.filter { timeframe.isDivisible(by: $0) }.sorted(by: >)
    }
}
