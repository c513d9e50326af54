import DBN
public import MarketData

extension DatabentoHistorical {
    /// Buys bars with `timeseries.get_range`, oldest first.
    ///
    /// The range is clipped to what is sold; a range before it delivers nothing. The last piece reaches to the end of the
    /// period that is forming, where that was asked. A range in which the symbol did not exist, though it does at another
    /// time, is delivered as empty.
    ///
    /// Throws `notAvailableYet` for a range that begins at or behind the end of what is sold, and what the vendor refuses.
    public func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        try await self.fetch(request, kind: .bars, deliver: deliver)
    }

    /// Buys best bids and asks, one sample a minute or second in which something happened, in the way of `fetchBars`.
    public func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        try await self.fetch(request, kind: .quotes, deliver: deliver)
    }

    private func priced(_ receipt: FetchReceipt, _ schema: Schema) async -> FetchReceipt {
        var receipt = receipt
        receipt.costUSD = await self.price(of: schema, byteCount: receipt.byteCount)
        return receipt
    }

    private func fetch<Sample: DatabentoSample>(
        _ request: FetchRequest,
        kind: Series.Kind,
        deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws -> FetchReceipt {
        let series = request.series
        guard series.kind == kind else {
            throw ProviderError(.badRequest, "\(series) was asked for as \(kind.rawValue)")
        }
        let schema = try self.schema(of: series)
        let symbol = try DatabentoSymbol(parsing: series.symbol)
        let available = try await self.availability(of: schema, timeframe: series.timeframe)
        guard request.range.start < available.end else {
            throw ProviderError(
                .notAvailableYet,
                "\(self.id) sells \(schema) up to \(available.end) now, not from \(request.range.start)",
                availableEnd: available.end
            )
        }
        let nothing = FetchReceipt(recordCount: 0, byteCount: 0, costUSD: 0, requestCount: 0, mappings: [])
        guard let range = TimeRange(available.start, available.end).flatMap({ request.range.intersection($0) }) else {
            return nothing
        }
        let periodEnd = kind == .bars ? series.timeframe.ceiling(available.end) : available.end
        let plan = RangeFetch<Sample>.Plan(
            series: series,
            schema: schema,
            symbol: symbol,
            dataset: self.dataset,
            askedEnd: request.range.end,
            range: range,
            completeEnd: min(request.range.end, periodEnd),
            settledEnd: available.settledEnd
        )
        var fetch = RangeFetch(plan, api: self.api.tracing(request.requestID))
        do {
            try await fetch.run(
                narrow: { end in
                    self.narrow(schema, to: end)
                    return self.settledEnd(at: end, series.timeframe)
                },
                isListed: { try await self.isListed(symbol) },
                deliver: deliver
            )
        } catch let error as ProviderError {
            throw error.after(await self.priced(fetch.receipt, schema))
        }
        return await self.priced(fetch.receipt, schema)
    }
}
