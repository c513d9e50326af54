import Locking
import Logging
import MarketData
import TestSupport

@testable import Providers

/// A provider that buys from a stand-in, on a clock that nobody waits for.
struct DatabentoFixture: Sendable {
    let standIn: VendorStandIn
    let provider: DatabentoHistorical
    let clock: ImmediateClock

    /// Starts a stand-in and a provider for it; waits between attempts are as long as they may be.
    static func with<Result: Sendable>(
        _ arguments: [String] = [],
        dataset: String = "GLBX.MDP3",
        key: String = VendorStandIn.key,
        configure: (inout DatabentoHistorical.Configuration) -> Void = { _ in },
        _ body: (DatabentoFixture) async throws -> Result
    ) async throws -> Result {
        try await VendorStandIn.with(arguments) { standIn in
            let (provider, clock) = try Self.provider(for: standIn, dataset: dataset, key: key, configure)
            defer { provider.close() }
            return try await body(DatabentoFixture(standIn: standIn, provider: provider, clock: clock))
        }
    }

    /// Another provider for the same stand-in.
    static func provider(
        for standIn: VendorStandIn,
        dataset: String = "GLBX.MDP3",
        key: String = VendorStandIn.key,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ configure: (inout DatabentoHistorical.Configuration) -> Void = { _ in }
    ) throws -> (DatabentoHistorical, ImmediateClock) {
        var configuration = DatabentoHistorical.Configuration(dataset: dataset, key: try DatabentoKey(key))
        configuration.baseURL = standIn.baseURL
        configure(&configuration)
        let clock = ImmediateClock()
        let provider = try DatabentoHistorical(configuration, clock: clock, random: { 0.999 }, logger: logger)
        return (provider, clock)
    }

    /// A series of the fixture's dataset.
    func series(_ symbol: String, _ timeframe: Timeframe, _ kind: Series.Kind = .bars) throws -> Series {
        try Series(provider: self.provider.id, symbol: symbol, timeframe: timeframe, kind: kind)
    }

    /// Fetches bars and notes the pieces.
    func fetch(
        _ symbol: String,
        _ timeframe: Timeframe,
        _ start: String,
        _ end: String
    ) async throws -> Fetched<Bar> {
        let request = FetchRequest(
            series: try self.series(symbol, timeframe),
            range: try range(start, end),
            requestID: "test"
        )
        var pieces: [FetchedPiece<Bar>] = []
        let receipt = try await self.provider.fetchBars(request) { pieces.append($0) }
        return Fetched(pieces: pieces, receipt: receipt)
    }

    /// Fetches quotes and notes the pieces.
    func fetchQuotes(
        _ symbol: String,
        _ timeframe: Timeframe,
        _ start: String,
        _ end: String
    ) async throws -> Fetched<Quote> {
        let request = FetchRequest(
            series: try self.series(symbol, timeframe, .quotes),
            range: try range(start, end),
            requestID: "test"
        )
        var pieces: [FetchedPiece<Quote>] = []
        let receipt = try await self.provider.fetchQuotes(request) { pieces.append($0) }
        return Fetched(pieces: pieces, receipt: receipt)
    }
}

/// What a fetch delivered.
struct Fetched<Record: Sendable>: Sendable {
    let pieces: [FetchedPiece<Record>]
    let receipt: FetchReceipt

    var records: [Record] { self.pieces.flatMap(\.records) }

    /// The stretch of all pieces, or nil when they do not follow each other without a gap.
    var range: TimeRange? {
        for (piece, next) in zip(self.pieces, self.pieces.dropFirst()) where piece.range.end != next.range.start {
            return nil
        }
        guard let first = self.pieces.first, let last = self.pieces.last else { return nil }
        return TimeRange(first.range.start, last.range.end)
    }
}

/// A range from two texts.
func range(_ start: String, _ end: String) throws -> TimeRange {
    try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
}

/// Bars from what the vendor's own package read.
func bars(_ records: [VendorStandIn.Record]) -> [Bar] {
    records.compactMap { record in
        guard let open = record.open, let high = record.high, let low = record.low, let close = record.close,
            let volume = record.volume
        else { return nil }
        return Bar(
            timestamp: Timestamp(nanoseconds: record.ts_index),
            open: Double(open) / 1e9,
            high: Double(high) / 1e9,
            low: Double(low) / 1e9,
            close: Double(close) / 1e9,
            volume: Double(volume)
        )
    }
}

/// Quotes from what the vendor's own package read.
func quotes(_ records: [VendorStandIn.Record]) -> [Quote] {
    records.map { record in
        Quote(
            timestamp: Timestamp(nanoseconds: record.ts_index),
            bidPrice: record.bid_px.map { Double($0) / 1e9 },
            askPrice: record.ask_px.map { Double($0) / 1e9 },
            bidSize: record.bid_px == nil ? nil : record.bid_sz.map(Double.init),
            askSize: record.ask_px == nil ? nil : record.ask_sz.map(Double.init)
        )
    }
}

/// The error that `body` throws.
func providerError(_ body: () async throws -> some Any) async throws -> ProviderError? {
    do {
        _ = try await body()
        return nil
    } catch let error as ProviderError {
        return error
    }
}
