import DBN
import MarketData

extension DatabentoHistorical {
    /// Buys the newest quote, looked for in `Configuration.latestWindows`, with the newest trade that came with it.
    ///
    /// Both are nil when no window has a record. Throws `unsupported` when the dataset has none of the schemas.
    public func fetchLatest(
        symbol: String,
        requestID: String
    ) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        let api = self.api.tracing(requestID)
        let parsed = try DatabentoSymbol(parsing: symbol)
        let sold = try await self.knownRange()
        var total = FetchReceipt(recordCount: 0, byteCount: 0, costUSD: 0, requestCount: 0, mappings: [])
        var isSold = false
        for window in self.configuration.latestWindows {
            guard let schema = Schema(name: window.schema), let range = sold[window.schema] else { continue }
            isSold = true
            let order = DatabentoOrder(dataset: self.dataset, schema: schema, symbol: parsed, range: range)
            var receipt = FetchReceipt(recordCount: 0, byteCount: 0, costUSD: nil, requestCount: 0, mappings: [])
            let result: Result<LatestPrices?, any Error>
            do {
                result = .success(try await self.newest(order, length: window.length, symbol: symbol, api, &receipt))
            } catch {
                result = .failure(error)
            }
            receipt.costUSD = await self.price(of: schema, byteCount: receipt.byteCount)
            total.add(receipt)
            do {
                if let latest = try result.get() { return (latest, total) }
            } catch let error as ProviderError {
                throw error.after(total)
            }
        }
        guard isSold else {
            let schemas = Set(self.configuration.latestWindows.map(\.schema)).sorted().joined(separator: ", ")
            throw ProviderError(.unsupported, "\(self.dataset) has no quotes (\(schemas))")
        }
        return (LatestPrices(quote: nil, trade: nil), total)
    }

    /// The newest prices of the last `length` of the order's range; what is received is added to `receipt`.
    private func newest(
        _ order: DatabentoOrder,
        length: Duration,
        symbol: String,
        _ api: DatabentoAPI,
        _ receipt: inout FetchReceipt
    ) async throws -> LatestPrices? {
        var end = order.range.end
        var failures = 0
        while let range = TimeRange(max(order.range.start, end.advanced(back: length)), end) {
            var scan = LatestScan(order.with(range), symbol: symbol)
            receipt.requestCount += 1
            let result: Result<Void, any Error>
            do {
                try await api.stream(order.with(range)) { transfer, head in
                    try await scan.read(transfer, head)
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            receipt.add(scan)
            switch result {
            case .success:
                return scan.latest
            case .failure(let error as ProviderError):
                failures += 1
                if error.code == .notAvailableYet, let available = error.availableEnd, available < end,
                    failures < self.configuration.attemptsMax
                {
                    self.narrow(order.schema, to: available)
                    end = available
                } else if error.code == .symbolUnknown, try await self.isListed(order.symbol) {
                    return nil
                } else {
                    try await api.pause(after: error, failures: failures, at: "the latest quote of \(symbol)")
                }
            case .failure(let error):
                throw error
            }
        }
        return nil
    }
}

/// Reads an answer to its end and keeps the newest quote and trade.
private struct LatestScan {
    private(set) var reader: AnswerReader<Quote>
    private var quote: Quote?
    private var trade: Trade?

    init(_ order: DatabentoOrder, symbol: String) {
        self.reader = AnswerReader(order, timeframe: .oneSecond, symbol: symbol)
    }

    /// The newest prices, or nil when there was no record.
    var latest: LatestPrices? {
        self.quote.map { LatestPrices(quote: $0, trade: self.trade) }
    }

    mutating func read(_ transfer: HTTPTransfer, _ head: HTTPHead) async throws {
        try await DatabentoAnswer.read(transfer, head) { metadata in
            try self.reader.begin(metadata)
        } record: { record in
            if let quote = try self.reader.read(record) { self.quote = quote }
            if let trade = Trade(record) { self.trade = trade }
        }
    }
}

extension FetchReceipt {
    fileprivate mutating func add(_ scan: LatestScan) {
        self.recordCount += scan.reader.recordCount
        self.byteCount += scan.reader.byteCount
        for mapping in scan.reader.symbolMappings where !self.mappings.contains(mapping) {
            self.mappings.append(mapping)
        }
    }

    fileprivate mutating func add(_ other: FetchReceipt) {
        self.recordCount += other.recordCount
        self.byteCount += other.byteCount
        self.requestCount += other.requestCount
        // One unknown price makes the sum unknown; a request that brought nothing costs nothing.
        if other.byteCount > 0 {
            self.costUSD = self.costUSD.flatMap { sum in other.costUSD.map { sum + $0 } }
        }
        for mapping in other.mappings where !self.mappings.contains(mapping) {
            self.mappings.append(mapping)
        }
    }
}

extension Timestamp {
    fileprivate func advanced(back length: Duration) -> Timestamp {
        let parts = length.components
        return self.advancedSaturating(
            byNanoseconds: -(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
        )
    }
}
