import Foundation
import Logging
import MarketData
import TestSupport
import Testing

@testable import Providers

private let replayFolder = ProcessInfo.processInfo.environment["TAPEDECK_TEST_DATA"]

/// Replays a folder of real DBN files, `TAPEDECK_TEST_DATA`, through the stand-in and compares what the provider fetches
/// with what the vendor's own package reads.
@Suite(.enabled(if: VendorStandIn.isAvailable && replayFolder != nil, "needs TAPEDECK_TEST_DATA"))
struct DatabentoReplayTests {
    private static let kinds: [String: (Series.Kind, Timeframe)] = [
        "ohlcv-1s": (.bars, .oneSecond), "ohlcv-1m": (.bars, .oneMinute), "ohlcv-1h": (.bars, .oneHour),
        "ohlcv-1d": (.bars, .oneDay), "bbo-1s": (.quotes, .oneSecond), "bbo-1m": (.quotes, .oneMinute),
    ]

    @Test(arguments: [1, 3])
    func realFilesArriveAsTheVendorsOwnPackageReadsThem(version: Int) async throws {
        try await VendorStandIn.with(["--data", replayFolder ?? "", "--dbn-version", String(version)]) { standIn in
            var (fileCount, recordCount) = (0, 0)
            for holding in try await standIn.inventory() {
                guard let (kind, timeframe) = Self.kinds[holding.schema] else { continue }
                let (provider, _) = try DatabentoFixture.provider(for: standIn, dataset: holding.dataset) {
                    $0.pieceRecordsMax = 1_000
                }
                defer { provider.close() }
                let count = try await self.compare(holding, kind, timeframe, provider, standIn)
                fileCount += 1
                recordCount += count
            }
            print("replayed \(fileCount) files with \(recordCount) records as version \(version)")
            #expect(fileCount > 0)
        }
    }

    private func compare(
        _ holding: VendorStandIn.Holding,
        _ kind: Series.Kind,
        _ timeframe: Timeframe,
        _ provider: DatabentoHistorical,
        _ standIn: VendorStandIn
    ) async throws -> Int {
        let series = try Series(provider: provider.id, symbol: holding.symbol, timeframe: timeframe, kind: kind)
        let range = try TimeRange(
            start: Timestamp(nanoseconds: holding.start),
            end: Timestamp(nanoseconds: holding.end)
        )
        let truth = try await standIn.truth(
            holding.symbol,
            schema: holding.schema,
            start: String(holding.start),
            end: String(holding.end),
            stype: holding.stype_in,
            dataset: holding.dataset
        )
        let request = FetchRequest(series: series, range: range, requestID: "replay")
        if kind == .bars {
            var fetched: [Bar] = []
            _ = try await provider.fetchBars(request) { fetched += $0.records }
            #expect(fetched == bars(truth), "\(holding)")
        } else {
            var fetched: [Quote] = []
            _ = try await provider.fetchQuotes(request) { fetched += $0.records }
            #expect(fetched == quotes(truth), "\(holding)")
        }
        return truth.count
    }
}
