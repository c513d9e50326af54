internal import DBN
public import MarketData

extension DatabentoHistorical {
    /// What the range costs, by the vendor's own count, clipped to what is sold.
    public func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        let schema = try self.schema(of: series)
        let symbol = try DatabentoSymbol(parsing: series.symbol)
        let available = try await self.availability(of: schema, timeframe: series.timeframe)
        guard let sold = TimeRange(available.start, available.end).flatMap({ range.intersection($0) }) else { return 0 }
        return try await self.cost(DatabentoOrder(dataset: self.dataset, schema: schema, symbol: symbol, range: sold))
    }

    /// What the newest quote costs at most: only one of the windows in which it is looked for brings anything.
    ///
    /// Sampled quotes are counted by their periods; for a dataset without them the vendor is asked.
    public func latestPrice(symbol: String) async throws -> Double? {
        let sold = try await self.knownRange()
        let windows = self.configuration.latestWindows.compactMap { window in
            Schema(name: window.schema).flatMap { schema in
                sold[window.schema].map { (schema: schema, length: window.length, range: $0) }
            }
        }
        var highest: Double?
        for window in windows {
            guard let period = window.schema.samplingPeriod else { continue }
            // One more for the sample at the end.
            let records = Int(window.length / period) + 1
            guard let price = await self.price(of: window.schema, byteCount: records * Self.sampleByteCount) else {
                return nil
            }
            highest = max(highest ?? 0, price)
        }
        if let highest { return highest }
        guard let longest = windows.max(by: { $0.length < $1.length }) else { return 0 }
        let parsed = try DatabentoSymbol(parsing: symbol)
        let length = longest.length.components
        let start = longest.range.end.advancedSaturating(byNanoseconds: -length.seconds * 1_000_000_000)
        guard let range = TimeRange(max(start, longest.range.start), longest.range.end) else { return 0 }
        return try await self.cost(
            DatabentoOrder(dataset: self.dataset, schema: longest.schema, symbol: parsed, range: range)
        )
    }

    /// The billed size of one sampled quote.
    private static let sampleByteCount = 80

    private func cost(_ order: DatabentoOrder) async throws -> Double {
        do {
            return try await self.api.json(
                "metadata.get_cost",
                order.selection,
                post: true,
                subject: "\(order.symbol) (\(order.symbol.stype)) of \(self.dataset) in \(order.range)",
                as: Double.self
            )
        } catch let error as ProviderError where error.code == .symbolUnknown {
            // A stretch in which the symbol did not exist yet, or no longer, costs nothing.
            guard try await self.isListed(order.symbol) else { throw error }
            return 0
        }
    }
}

extension Schema {
    /// The distance of two sampled quotes; nil for a schema that is not sampled.
    fileprivate var samplingPeriod: Duration? {
        switch self {
        case .bbo1Second: .seconds(1)
        case .bbo1Minute: .seconds(60)
        default: nil
        }
    }
}
