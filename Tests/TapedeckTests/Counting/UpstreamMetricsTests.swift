import MarketData
import MetricsTestKit
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct UpstreamMetricsTests {
    private let metrics = TestMetrics()

    @Test func callsAreMeasuredByProviderAndErrorsCountedByCode() throws {
        let upstream = UpstreamMetrics(factory: self.metrics)

        upstream.record(.bars, of: .simulated, took: .milliseconds(5), error: nil)
        upstream.record(.bars, of: .simulated, took: .seconds(2), error: ProviderError(.timedOut, "slow"))

        let bars = [("provider", "simulated"), ("call", "bars")]
        let durations = try self.metrics.expectTimer("tapedeck_upstream_duration", bars).values
        #expect(durations == [5_000_000, 2_000_000_000])
        let errors = [("provider", "simulated"), ("code", "timedOut")]
        #expect(try self.metrics.expectCounter("tapedeck_upstream_errors", errors).totalValue == 1)
    }

    @Test func theTimeThatTheReceiverTakesIsNotTheProviders() async throws {
        let clock = ManualClock()
        let provider = try self.provider(clock)
        let series = try Series(provider: provider.id, symbol: "ES.c.0", timeframe: .oneHour)
        let span = try range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

        _ = try await provider.fetchBars(FetchRequest(series: series, range: span, requestID: "r")) { _ in
            clock.advance(by: .seconds(7))
        }

        let bars = [("provider", "simulated"), ("call", "bars")]
        #expect(try self.metrics.expectTimer("tapedeck_upstream_duration", bars).values.allSatisfy { $0 == 0 })
    }

    @Test func aReceiversErrorIsNoneOfTheProvider() async throws {
        struct Full: Error {}
        let provider = try self.provider(ManualClock())
        let series = try Series(provider: provider.id, symbol: "ES.c.0", timeframe: .oneHour)
        let span = try range("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

        await #expect(throws: Full.self) {
            _ = try await provider.fetchBars(FetchRequest(series: series, range: span, requestID: "r")) { _ in
                throw Full()
            }
        }

        #expect(self.metrics.counters.isEmpty)
        #expect(provider.board.reports(wallClock: try time("2026-01-14T15:30:30Z")).map(\.failures) == [0])
    }

    private func provider(_ clock: ManualClock) throws -> GuardedProvider {
        let elapsed = ElapsedClock(clock)
        let now = try time("2026-01-14T15:30:30Z")
        return GuardedProvider(
            inner: try SimulatedProvider(configuration: .init(), clock: clock, wallClock: { now }),
            board: BreakerBoard(
                configuration: BreakerConfiguration(),
                refusalTime: .seconds(1),
                clock: elapsed,
                random: { 0.5 }
            ),
            metrics: UpstreamMetrics(factory: self.metrics),
            clock: elapsed,
            isOffline: false
        )
    }
}
