import DBN
import Locking
public import Logging
public import MarketData

/// Historical data of one dataset of Databento, bought over HTTP.
///
/// One instance for each dataset. It remembers what is available and what things cost, repeats what failed for the
/// moment, and never shows its key. Records of which a price is undefined are no bars: they are counted and left out.
public final class DatabentoHistorical: MarketDataProvider {
    /// `databento/DATASET`.
    public let id: ProviderID
    /// The bars that are sold.
    public let timeframes: Set<Timeframe> = [.oneSecond, .oneMinute, .oneHour, .oneDay]
    /// Fetches are billed by the byte.
    public let isPaid = true

    let configuration: Configuration
    let api: DatabentoAPI
    private let client: CurlClient
    private let datasetRange: Remembered<DatasetRange>
    private let unitPrices: Remembered<UnitPrices>
    private let listings: Locked<[DatabentoSymbol: (isKnown: Bool, until: Duration)]>

    /// Creates the provider of `configuration.dataset`; nothing is asked yet.
    ///
    /// `random` draws numbers in 0 ..< 1, which spread the waits between attempts. Throws `badRequest` for a setting that
    /// is out of bounds.
    public init(
        _ configuration: Configuration,
        clock: some Clock<Duration> = ContinuousClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        logger: Logger
    ) throws(ProviderError) {
        try configuration.validate()
        do throws(MarketDataError) {
            self.id = try ProviderID(parsing: "databento/\(configuration.dataset)")
        } catch {
            throw ProviderError(.badRequest, error.message)
        }
        do throws(HTTPError) {
            self.client = try CurlClient(configuration.http)
        } catch {
            throw ProviderError(error)
        }
        let elapsed = ElapsedClock(clock)
        self.configuration = configuration
        self.api = DatabentoAPI(
            configuration: configuration,
            client: self.client,
            clock: elapsed,
            random: random,
            logger: logger
        )
        self.datasetRange = Remembered(for: configuration.availabilityLifetime, clock: elapsed)
        self.unitPrices = Remembered(for: configuration.unitPricesLifetime, clock: elapsed)
        self.listings = Locked([:])
    }

    /// Ends all transfers and the thread that makes them; later calls throw `unavailable`.
    public func close() {
        self.client.close()
    }

    /// From when to when the series' data are sold, by `metadata.get_dataset_range`, remembered for a while.
    public func availability(of series: Series) async throws -> Availability {
        let schema = try self.schema(of: series)
        _ = try DatabentoSymbol(parsing: series.symbol)
        return try await self.availability(of: schema, timeframe: series.timeframe)
    }
}

extension DatabentoHistorical {
    /// The dataset in the vendor's spelling.
    var dataset: String { self.id.dataset ?? self.configuration.dataset }

    func schema(of series: Series) throws(ProviderError) -> Schema {
        guard series.provider == self.id else {
            throw ProviderError(.badRequest, "\(self.id) was asked for \(series)")
        }
        guard let schema = DatabentoOrder.schema(of: series.kind, series.timeframe) else {
            throw ProviderError(.unsupported, "Databento does not sell \(series.kind.rawValue) of \(series.timeframe)")
        }
        return schema
    }

    func availability(of schema: Schema, timeframe: Timeframe) async throws -> Availability {
        guard let range = try await self.knownRange()[schema.description] else {
            throw ProviderError(.unsupported, "\(self.dataset) has no \(schema)")
        }
        return Availability(
            start: range.start,
            end: range.end,
            settledEnd: max(range.start, self.settledEnd(at: range.end, timeframe))
        )
    }

    /// The dataset's range, from memory or from the vendor.
    func knownRange() async throws -> DatasetRange {
        try await self.mappingCancellation {
            try await self.datasetRange.value {
                try await self.api.json(
                    "metadata.get_dataset_range",
                    [("dataset", self.dataset)],
                    subject: self.dataset,
                    as: DatasetRange.self
                )
            }
        }
    }

    /// Remembers that a schema ends earlier than the dataset's range said.
    func narrow(_ schema: Schema, to end: Timestamp) {
        let name = schema.description
        self.datasetRange.update { $0.narrow(name, to: end) }
    }

    func settledEnd(at end: Timestamp, _ timeframe: Timeframe) -> Timestamp {
        let margin = (self.configuration.settlingMargins[timeframe] ?? .zero).components
        return end.advancedSaturating(
            byNanoseconds: -(margin.seconds * 1_000_000_000 + margin.attoseconds / 1_000_000_000)
        )
    }

    /// The price of so many bytes, or nil when it cannot be found out: a purchase does not fail for that.
    func price(of schema: Schema, byteCount: Int) async -> Double? {
        if byteCount == 0 { return 0 }
        do {
            let prices = try await self.unitPrices.value {
                try await self.api.json(
                    "metadata.list_unit_prices",
                    [("dataset", self.dataset)],
                    subject: self.dataset,
                    as: UnitPrices.self
                )
            }
            return prices.price(of: schema.description, byteCount: byteCount)
        } catch {
            self.api.logger.warning(
                "Databento's prices are not known, so a purchase goes without an estimated cost",
                metadata: ["dataset": "\(self.dataset)", "error": "\(error)"]
            )
            return nil
        }
    }

    /// Whether the symbol exists at any time of the dataset, by `symbology.resolve`, remembered for a while.
    func isListed(_ symbol: DatabentoSymbol) async throws -> Bool {
        let now = self.api.clock.now()
        if let memory = self.listings.withLock({ $0[symbol] }), now < memory.until { return memory.isKnown }
        let range = try await self.knownRange().whole
        let target = symbol.stype == "instrument_id" ? "raw_symbol" : "instrument_id"
        let lastDay = CivilDate(containing: range.end.advancedSaturating(byNanoseconds: -1))
        let isKnown: Bool
        do {
            let listing = try await self.api.json(
                "symbology.resolve",
                [
                    ("dataset", self.dataset), ("symbols", symbol.name), ("stype_in", symbol.stype),
                    ("stype_out", target), ("start_date", CivilDate(containing: range.start).description),
                    ("end_date", lastDay.advanced(byDays: 1).description),
                ],
                post: true,
                subject: "\(symbol) of \(self.dataset)",
                as: SymbolListing.self
            )
            isKnown = listing.isKnown
        } catch let error as ProviderError where [.symbolUnknown, .badRequest].contains(error.code) {
            isKnown = false
        }
        let until = now + self.configuration.symbolsLifetime
        self.listings.withLock { listings in
            if listings.count >= self.configuration.symbolsMax { listings.removeAll() }
            listings[symbol] = (isKnown, until)
        }
        return isKnown
    }

    /// Runs `body` and gives its cancellation the provider's own form.
    func mappingCancellation<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch is CancellationError {
            throw ProviderError(.cancelled, "the request to Databento was cancelled")
        }
    }
}

extension DatabentoHistorical.Configuration {
    fileprivate var http: CurlClient.Configuration {
        var http = CurlClient.Configuration()
        http.connectionsMax = self.connectionsMax
        http.bufferedBytesMax = self.bufferedBytesMax
        http.connectTimeout = self.connectTimeout
        http.stallTimeout = self.stallTimeout
        http.certificateAuthorityFile = self.certificateAuthorityFile
        return http
    }
}
