import Logging
import MarketData
import TestSupport
import Testing

@testable import Providers

/// The identifier of a request on its way to the vendor.
@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct DatabentoTracingTests {
    private static let longest = String(repeating: "x", count: 200)

    @Test(arguments: [
        ("trace-1", "trace-1"), (Self.longest, Self.longest), ("", nil), ("two words", nil), ("a\r\nX-Evil: 1", nil),
        ("ümlaut", nil),
    ])
    func itIsSentWithPurchasesWhereAHeaderCanHoldIt(_ identifier: String, expected: String?) async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ESH6", .oneHour)
            let span = try range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

            _ = try await fixture.provider.fetchBars(
                FetchRequest(series: series, range: span, requestID: identifier)
            ) { _ in }
            _ = try await fixture.provider.fetchLatest(symbol: "ESH6", requestID: identifier)

            let bought = try await fixture.standIn.log().filter { $0.endpoint == "timeseries.get_range" }
            #expect(bought.count >= 2 && bought.allSatisfy { $0.request_id == expected })
        }
    }

    @Test func eachLineAboutAPurchaseHasIt() async throws {
        try await DatabentoFixture.with { fixture in
            let log = LogRecords()
            let (provider, _) = try DatabentoFixture.provider(
                for: fixture.standIn,
                logger: Logger(label: "test") { _ in log.handler }
            )
            defer { provider.close() }
            try await fixture.standIn.post("faults", #"{"status": 500, "count": 1}"#)
            let series = try fixture.series("ESH6", .oneHour)
            let span = try range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

            _ = try await provider.fetchBars(FetchRequest(series: series, range: span, requestID: "trace-9")) { _ in }

            let lines = log.text.split(separator: "\n")
            #expect(lines.contains { $0.contains("trying again") && $0.contains("trace-9") })
            #expect(lines.filter { $0.contains("buying records") }.allSatisfy { $0.contains("trace-9") })
        }
    }
}
