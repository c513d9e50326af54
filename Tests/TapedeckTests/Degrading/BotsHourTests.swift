import Locking
import MarketData
import TestSupport
import Testing

@testable import Tapedeck

/// Steady pollers: what is bought ahead or behind a stale answer must not add to what waiting reads would buy.
@Suite struct BotsHourTests {
    private struct Figures {
        var purchases = 0
        var latest = 0
        var waiting = 0
        var stale = 0
        var reads = 0
        var refreshesAhead = 0
    }

    /// An hour of five bots that each ask every minute for 24 hours and 60 minutes, and every ten seconds for a quote.
    private func hour(_ change: (inout MarketDataCache.Configuration) -> Void) async throws -> Figures {
        var settings = try World.Settings(start: "2026-01-14T15:02:30Z")
        change(&settings.cache)
        let figures = Locked(Figures())
        try await World.with(.sqliteMemory, settings) { world in
            let quote = LatestRequest(symbol: "ES.c.0", client: "test", requestID: "r")
            for tenth in 0..<(3_600 * 10) {
                // Each bot has a second of the minute and a tenth of its own.
                for bot in 0..<5 {
                    let phase = bot * 117 + 13
                    let (minute, ten) = (tenth % 600 == phase, tenth % 100 == phase % 100)
                    guard minute || ten else { continue }
                    let quoted = try await world.cache.quote(quote)
                    figures.withLock {
                        $0.reads += 1
                        $0.waiting += quoted.tier == .provider ? 1 : 0
                        $0.stale += quoted.isStale ? 1 : 0
                    }
                    guard minute else { continue }
                    for (count, timeframe) in [(24, Timeframe.oneHour), (60, .oneMinute)] {
                        let answer = try await world.last(count, timeframe)
                        #expect(answer.bars.count == count)
                        #expect(
                            answer.age < .seconds(timeframe == .oneHour ? 375 : 13),
                            "nothing older than documented"
                        )
                        figures.withLock {
                            $0.reads += 1
                            $0.waiting += answer.tier == .provider ? 1 : 0
                            $0.stale += answer.isStale ? 1 : 0
                        }
                    }
                }
                world.advance(.milliseconds(100))
                // What is due in the background is done before the next tenth.
                while world.isBusy { await Task.yield() }
            }
            figures.withLock {
                $0.purchases = world.provider.purchases.count
                $0.latest = world.provider.latestCount
                $0.refreshesAhead = world.cache.statistics().refreshesAhead
            }
        }
        return figures.withLock { $0 }
    }

    @Test func neitherStaleAnswersNorRefreshesAheadBuyMoreThanWaitingReads() async throws {
        let waiting = try await self.hour { _ in }
        let degrading = try await self.hour {
            $0.freshness.staleShare = 0.25
            $0.freshness.refreshAheadShare = 0.97
        }
        let (bought, most) = (degrading.purchases + degrading.latest, waiting.purchases + waiting.latest)
        #expect(Double(bought) <= 1.02 * Double(most), "\(degrading) \(waiting)")
        #expect(degrading.refreshesAhead > 10 && degrading.waiting < waiting.waiting, "\(degrading) \(waiting)")
    }
}
