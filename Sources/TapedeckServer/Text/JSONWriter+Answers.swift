import MarketData
package import Tapedeck

extension JSONWriter {
    /// `{"symbol","timeframe","provider","start","end","complete","missing","stale","bars"}`.
    package mutating func write(_ answer: BarsAnswer) {
        self.beginObject()
        self.writeHead(
            answer.series,
            range: answer.range,
            isComplete: answer.isComplete,
            missing: answer.missing,
            isStale: answer.isStale
        )
        self.key("bars")
        self.beginArray()
        for bar in answer.bars { self.value(bar) }
        self.endArray()
        self.endObject()
    }

    /// The same up to the opening bracket of `bars`, which `endStream` closes.
    package mutating func beginStream(_ head: BarsStreamHead) {
        self.beginObject()
        self.writeHead(
            head.series,
            range: head.range,
            isComplete: head.isComplete,
            missing: head.missing,
            isStale: head.isStale
        )
        self.key("bars")
        self.beginArray()
    }

    /// Closes what `beginStream` opened.
    package mutating func endStream() {
        self.endArray()
        self.endObject()
    }

    /// `{"symbol","timeframe","provider","start","end","complete","missing","stale","quotes"}`.
    package mutating func write(_ answer: QuotesAnswer) {
        self.beginObject()
        self.writeHead(
            answer.series,
            range: answer.range,
            isComplete: answer.isComplete,
            missing: answer.missing,
            isStale: answer.isStale
        )
        self.key("quotes")
        self.beginArray()
        for quote in answer.quotes {
            self.beginObject()
            self.writeFields(of: quote)
            self.endObject()
        }
        self.endArray()
        self.endObject()
    }

    /// `"symbol","timeframe","provider","start","end","complete","missing"`, and `"stale"` where it is told.
    mutating func writeHead(
        _ series: Series,
        range: TimeRange,
        isComplete: Bool,
        missing: [MissingRange],
        isStale: Bool?
    ) {
        self.key("symbol")
        self.value(series.symbol)
        self.key("timeframe")
        self.value(series.timeframe.rawValue)
        self.key("provider")
        self.value(series.provider.description)
        self.key("start")
        self.value(range.start)
        self.key("end")
        self.value(range.end)
        self.key("complete")
        self.value(isComplete)
        self.key("missing")
        self.beginArray()
        for part in missing {
            self.beginObject()
            self.key("start")
            self.value(part.range.start)
            self.key("end")
            self.value(part.range.end)
            self.key("reason")
            self.value(part.reason.description)
            self.endObject()
        }
        self.endArray()
        guard let isStale else { return }
        self.key("stale")
        self.value(isStale)
    }

    /// `"t","bid","ask","bid_size","ask_size"`, each null without a quote or an order.
    private mutating func writeFields(of quote: Quote?) {
        self.key("t")
        self.value(quote?.timestamp)
        self.key("bid")
        self.value(quote?.bidPrice)
        self.key("ask")
        self.value(quote?.askPrice)
        self.key("bid_size")
        self.value(quote?.bidSize)
        self.key("ask_size")
        self.value(quote?.askSize)
    }

    /// The newest quote with its spread and true age.
    package mutating func write(_ answer: QuoteAnswer) {
        self.beginObject()
        self.key("symbol")
        self.value(answer.symbol)
        self.key("provider")
        self.value(answer.provider.description)
        self.writeFields(of: answer.quote)
        self.key("spread")
        self.value(answer.quote?.spread)
        self.key("middle")
        self.value(answer.quote?.middle)
        self.key("age_seconds")
        self.value(seconds: answer.age)
        self.key("stale")
        self.value(answer.isStale)
        self.key("stale_reason")
        self.value(answer.staleReason)
        self.endObject()
    }

    /// The newest price, what it was taken from, and the ages of trade and quote.
    package mutating func write(_ answer: PriceAnswer) {
        self.beginObject()
        self.key("symbol")
        self.value(answer.symbol)
        self.key("provider")
        self.value(answer.provider.description)
        self.key("price")
        self.value(answer.price)
        self.key("source")
        self.value(answer.source?.rawValue)
        self.key("t")
        self.value(answer.timestamp)
        self.key("max_age_seconds")
        self.value(seconds: answer.maxAge)
        self.key("trade_age_seconds")
        self.value(seconds: answer.tradeAge)
        self.key("quote_age_seconds")
        self.value(seconds: answer.quoteAge)
        self.key("stale")
        self.value(answer.isStale)
        self.endObject()
    }

    /// The newest spread and the quote that it was taken from.
    package mutating func write(_ answer: SpreadAnswer) {
        self.beginObject()
        self.key("symbol")
        self.value(answer.symbol)
        self.key("provider")
        self.value(answer.provider.description)
        self.key("spread")
        self.value(answer.spread)
        self.key("middle")
        self.value(answer.middle)
        self.writeFields(of: answer.quote)
        self.key("age_seconds")
        self.value(seconds: answer.age)
        self.key("stale")
        self.value(answer.isStale)
        self.endObject()
    }

    /// A duration in seconds with up to three decimals, or null.
    package mutating func value(seconds duration: Duration?) {
        guard let duration else { return self.null() }
        self.value((duration / .milliseconds(1)).rounded() / 1_000)
    }
}
