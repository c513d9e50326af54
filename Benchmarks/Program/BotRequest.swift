import MarketData
import Tapedeck
import TestSupport

/// What one client asks at one time of the simulated day.
struct BotRequest: Sendable {
    enum Kind: Sendable {
        /// 24 bars of 1h.
        case hourly
        /// 60 bars of 1m.
        case minutely
        case quote
        /// A day of 1m bars, for somebody who fills the database with the past.
        case backfill(TimeRange)
        /// A day of 1m bars, for somebody who runs through the same month again and again.
        case backtest(TimeRange)

        var name: String {
            switch self {
            case .hourly: "hourly"
            case .minutely: "minutely"
            case .quote: "quote"
            case .backfill: "backfill"
            case .backtest: "backtest"
            }
        }
    }

    /// What came back; no bars for a quote.
    struct Answer {
        let tier: Tier
        var bars: BarsAnswer?
    }

    let time: Timestamp
    let client: String
    let kind: Kind
    let symbol: String

    var isOfBot: Bool {
        switch self.kind {
        case .hourly, .minutely, .quote: true
        case .backfill, .backtest: false
        }
    }

    var csv: String { "\(self.time.nanoseconds),\(self.client),\(self.kind.name),\(self.symbol)" }

    /// Asks.
    func ask(_ cache: MarketDataCache) async throws -> Answer {
        switch self.kind {
        case .hourly: return try await self.ask(cache, .oneHour, .last(24))
        case .minutely: return try await self.ask(cache, .oneMinute, .last(60))
        case .backfill(let range), .backtest(let range): return try await self.ask(cache, .oneMinute, .range(range))
        case .quote:
            let answer = try await cache.quote(
                LatestRequest(symbol: self.symbol, client: self.client, requestID: self.kind.name)
            )
            return Answer(tier: answer.tier)
        }
    }

    private func ask(
        _ cache: MarketDataCache,
        _ timeframe: Timeframe,
        _ span: BarsRequest.Span
    ) async throws -> Answer {
        let answer = try await cache.bars(
            BarsRequest(
                symbol: self.symbol,
                timeframe: timeframe,
                span: span,
                client: self.client,
                requestID: self.kind.name
            )
        )
        return Answer(tier: answer.tier, bars: answer)
    }
}

extension BotRequest {
    private static let second: Int64 = 1_000_000_000
    private static let minute = 60 * Self.second
    private static let day = 1_440 * Self.minute

    /// What five bots ask from `start` on: each has its own second of the minute for bars, and of ten seconds for quotes.
    static func bots(from start: Timestamp, hours: Int, symbols: [String]) -> [BotRequest] {
        var random = SeededRandom(seed: 5)
        let end = start.nanoseconds + Int64(hours) * 60 * Self.minute
        var requests: [BotRequest] = []
        for bot in 1...5 {
            let barsPhase = Int64.random(in: 0..<Self.minute, using: &random)
            let quotesPhase = Int64.random(in: 0..<(10 * Self.second), using: &random)
            func add(_ kinds: [Kind], phase: Int64, every period: Int64) {
                var time = start.nanoseconds + phase
                while time < end {
                    let at = Timestamp(nanoseconds: time)
                    for symbol in symbols {
                        requests += kinds.map { BotRequest(time: at, client: "bot-\(bot)", kind: $0, symbol: symbol) }
                    }
                    time += period
                }
            }
            add([.hourly, .minutely], phase: barsPhase, every: Self.minute)
            add([.quote], phase: quotesPhase, every: 10 * Self.second)
        }
        return requests
    }

    /// A backfill of the quarter before `start`, a day of a symbol each second, and a backtest that runs five times
    /// through the month before it, a day each half second; both begin after ten minutes.
    static func background(from start: Timestamp, symbols: [String]) -> [BotRequest] {
        var requests: [BotRequest] = []
        func add(_ client: String, days: Int, passes: Int, pause: Int64, _ kind: (TimeRange) -> Kind) {
            var time = start.nanoseconds + 10 * Self.minute
            for _ in 0..<passes {
                for symbol in symbols {
                    for day in (1...days).reversed() {
                        let first = start.advancedSaturating(byNanoseconds: -Int64(day) * Self.day)
                        guard let range = TimeRange(first, first.advancedSaturating(byNanoseconds: Self.day)) else {
                            continue
                        }
                        let at = Timestamp(nanoseconds: time)
                        requests.append(BotRequest(time: at, client: client, kind: kind(range), symbol: symbol))
                        time += pause
                    }
                }
            }
        }
        add("backfill", days: 90, passes: 1, pause: Self.second) { .backfill($0) }
        add("backtest", days: 30, passes: 5, pause: Self.second / 2) { .backtest($0) }
        return requests
    }
}
