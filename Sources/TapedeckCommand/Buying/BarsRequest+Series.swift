import MarketData
import Tapedeck

extension BarsRequest {
    /// The request of a range of a stored series, with the command line as its client.
    init(_ series: Series, _ range: TimeRange, refresh: Bool = false) {
        self.init(
            symbol: series.symbol,
            timeframe: series.timeframe,
            provider: series.provider,
            span: .range(range),
            refresh: refresh,
            client: CommandIdentity.client,
            requestID: CommandIdentity.requestID()
        )
    }
}

extension MissingRange {
    /// Whether asking again later can help: the provider does not simply lack it.
    var isFailure: Bool { self.reason != .notAvailableYet && self.reason != .beforeProviderStart }

    /// The range with the reason and its cause.
    var text: String { "\(self.range): \(self.reason) (\(self.detail))" }
}
