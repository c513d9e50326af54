import MarketData
package import Tapedeck

extension JSONWriter {
    /// What is stored of a series: final and provisional stretches.
    package mutating func write(_ answer: CoverageAnswer) {
        self.beginObject()
        self.key("symbol")
        self.value(answer.series.symbol)
        self.key("timeframe")
        self.value(answer.timeframe.rawValue)
        self.key("provider")
        self.value(answer.series.provider.description)
        self.key("stored_timeframe")
        self.value(answer.series.timeframe.rawValue)
        self.key("version")
        self.value(answer.version)
        self.key("final")
        self.beginArray()
        for range in answer.final.ranges {
            self.beginObject()
            self.writeFields(of: range)
            self.endObject()
        }
        self.endArray()
        self.key("provisional")
        self.beginArray()
        for stretch in answer.provisional {
            self.beginObject()
            self.writeFields(of: stretch.range)
            self.key("fetched_at")
            self.value(stretch.fetchedAt)
            self.key("expired")
            self.value(stretch.isExpired)
            self.endObject()
        }
        self.endArray()
        self.endObject()
    }

    /// What a request would answer from where, and what it would buy.
    package mutating func write(_ explanation: Explanation) {
        self.beginObject()
        self.key("symbol")
        self.value(explanation.series.symbol)
        self.key("timeframe")
        self.value(explanation.series.timeframe.rawValue)
        self.key("provider")
        self.value(explanation.series.provider.description)
        self.key("stored_timeframe")
        self.value(explanation.source.timeframe.rawValue)
        self.writeFields(of: explanation.range)
        self.key("stretches")
        self.beginArray()
        for stretch in explanation.stretches {
            self.beginObject()
            self.writeFields(of: stretch.range)
            self.key("source")
            self.value(stretch.source.rawValue)
            self.endObject()
        }
        self.endArray()
        self.key("estimate")
        if let estimate = explanation.estimate {
            self.beginObject()
            self.key("records")
            self.value(estimate.recordCount)
            self.key("bytes")
            self.value(estimate.byteCount)
            self.key("usd")
            self.value(estimate.costUSD)
            self.endObject()
        } else {
            self.null()
        }
        self.key("budget")
        if let budget = explanation.budget { self.write(budget) } else { self.null() }
        self.endObject()
    }

    private mutating func write(_ budget: Explanation.BudgetOutlook) {
        self.beginObject()
        self.key("allowed")
        self.value(budget.isAllowed)
        self.key("refusal")
        self.value(budget.refusal)
        for (key, amount) in [
            ("spent_usd", budget.spentUSD), ("limit_usd", budget.limitUSD),
            ("client_spent_usd", budget.clientSpentUSD), ("client_limit_usd", budget.clientLimitUSD),
        ] as [(StaticString, Double?)] {
            self.key(key)
            self.value(amount)
        }
        self.key("resets_at")
        self.value(budget.resetsAt.description)
        self.endObject()
    }

    /// `{"symbols":[{"symbol","provider","series":[…]}]}`.
    package mutating func write(_ symbols: [SymbolSummary]) {
        self.beginObject()
        self.key("symbols")
        self.beginArray()
        for symbol in symbols {
            self.beginObject()
            self.key("symbol")
            self.value(symbol.symbol)
            self.key("provider")
            self.value(symbol.provider.description)
            self.key("series")
            self.beginArray()
            for entry in symbol.entries {
                self.beginObject()
                self.key("timeframe")
                self.value(entry.timeframe.rawValue)
                self.key("kind")
                self.value(entry.kind.rawValue)
                self.key("start")
                self.value(entry.bounds?.start)
                self.key("end")
                self.value(entry.bounds?.end)
                self.key("records")
                self.value(entry.recordCount)
                self.endObject()
            }
            self.endArray()
            self.endObject()
        }
        self.endArray()
        self.endObject()
    }

    /// What a clean-up or a clearing removed.
    package mutating func write(_ answer: CleanupAnswer) {
        self.beginObject()
        self.key("memory_bars_removed")
        self.value(answer.barsRemoved)
        self.key("memory_quotes_removed")
        self.value(answer.quotesRemoved)
        self.key("database_rows_removed")
        self.value(answer.rowsRemoved)
        self.endObject()
    }

    private mutating func writeFields(of range: TimeRange) {
        self.key("start")
        self.value(range.start)
        self.key("end")
        self.value(range.end)
    }
}
