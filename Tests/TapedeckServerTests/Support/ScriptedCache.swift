import Foundation
import Locking
import MarketData
import ServiceLifecycle
import Tapedeck

@testable import TapedeckServer

/// A cache whose answers a test writes, and which remembers what it was asked.
final class ScriptedCache: MarketDataService {
    /// What a test makes the cache do; what it does not set is an error.
    struct Script: Sendable {
        var bars: @Sendable (BarsRequest) async throws -> BarsAnswer = { _ in throw NotScripted() }
        var heldBars: @Sendable (BarsRequest) -> BarsAnswer? = { _ in nil }
        var head: @Sendable (BarsRequest) async throws -> BarsStreamHead = { _ in throw NotScripted() }
        /// Page by page until nil; the number counts from 0.
        var page: @Sendable (Int) async throws -> [Bar]? = { _ in nil }
        var quote: @Sendable (LatestRequest) async throws -> QuoteAnswer = { _ in throw NotScripted() }
        var price: @Sendable (LatestRequest) async throws -> PriceAnswer = { _ in throw NotScripted() }
        var spread: @Sendable (LatestRequest) async throws -> SpreadAnswer = { _ in throw NotScripted() }
        var quotes: @Sendable (QuotesRequest) async throws -> QuotesAnswer = { _ in throw NotScripted() }
        var coverage: @Sendable (String, Timeframe, ProviderID?) async throws -> CoverageAnswer = { _, _, _ in
            throw NotScripted()
        }
        var explain: @Sendable (BarsRequest) async throws -> Explanation = { _ in throw NotScripted() }
        var refresh: @Sendable (BarsRequest) async throws -> RefreshAnswer = { _ in throw NotScripted() }
        var symbols: @Sendable () async throws -> [SymbolSummary] = { throw NotScripted() }
        var statistics = CacheStatistics()
        var cleanup: @Sendable () async throws -> CleanupAnswer = { throw NotScripted() }
        var clear: @Sendable (CacheScope) async throws -> CleanupAnswer = { _ in throw NotScripted() }
    }

    /// What the cache was asked.
    struct Log: Sendable {
        var bars: [BarsRequest] = []
        var streams: [BarsRequest] = []
        var latest: [LatestRequest] = []
        var quotes: [QuotesRequest] = []
        var refreshed: [BarsRequest] = []
        var cleared: [CacheScope] = []
        /// The last page that a stream has asked for.
        var pagesProduced = 0
    }

    struct NotScripted: Error {}

    let answerBarsMax = 100_000
    private let script: Script
    private let log = Locked(Log())

    init(_ script: Script = Script()) {
        self.script = script
    }

    /// What the cache was asked so far.
    var asked: Log { self.log.withLock { $0 } }

    func run() async throws {
        try? await gracefulShutdown()
    }

    func bars(_ request: BarsRequest) async throws -> BarsAnswer {
        self.log.withLock { $0.bars.append(request) }
        return try await self.script.bars(request)
    }

    func heldBars(_ request: BarsRequest) -> BarsAnswer? {
        self.script.heldBars(request)
    }

    func streamBars(
        _ request: BarsRequest,
        head: (BarsStreamHead) async throws -> Void,
        page: ([Bar]) async throws -> Void
    ) async throws {
        self.log.withLock { $0.streams.append(request) }
        try await head(try await self.script.head(request))
        var number = 0
        while let bars = try await self.script.page(number) {
            number += 1
            self.log.withLock { $0.pagesProduced += 1 }
            try await page(bars)
        }
    }

    func quote(_ request: LatestRequest) async throws -> QuoteAnswer {
        self.log.withLock { $0.latest.append(request) }
        return try await self.script.quote(request)
    }

    func price(_ request: LatestRequest) async throws -> PriceAnswer {
        self.log.withLock { $0.latest.append(request) }
        return try await self.script.price(request)
    }

    func spread(_ request: LatestRequest) async throws -> SpreadAnswer {
        self.log.withLock { $0.latest.append(request) }
        return try await self.script.spread(request)
    }

    func quotes(_ request: QuotesRequest) async throws -> QuotesAnswer {
        self.log.withLock { $0.quotes.append(request) }
        return try await self.script.quotes(request)
    }

    func coverage(symbol: String, timeframe: Timeframe, provider: ProviderID?) async throws -> CoverageAnswer {
        try await self.script.coverage(symbol, timeframe, provider)
    }

    func refresh(_ request: BarsRequest) async throws -> RefreshAnswer {
        self.log.withLock { $0.refreshed.append(request) }
        return try await self.script.refresh(request)
    }

    func explain(_ request: BarsRequest) async throws -> Explanation { try await self.script.explain(request) }
    func symbols() async throws -> [SymbolSummary] { try await self.script.symbols() }
    func statistics() -> CacheStatistics { self.script.statistics }
    func cleanup() async throws -> CleanupAnswer { try await self.script.cleanup() }

    func clear(_ scope: CacheScope) async throws -> CleanupAnswer {
        self.log.withLock { $0.cleared.append(scope) }
        return try await self.script.clear(scope)
    }
}
