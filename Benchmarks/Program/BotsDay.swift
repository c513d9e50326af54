import MarketData
import Providers
import Tapedeck

/// A day of five bots over ten symbols, in simulated time, played as fast as it goes.
///
/// Each bot asks once a minute for 24 hourly and 60 one-minute bars of each symbol, and every ten seconds for the quote of
/// each. What was asked, bought and needed is written to files, so that others can judge it.
enum BotsDay {
    struct Figures: Encodable {
        var requests = 0
        var withoutPurchase = 0
        var hourlyRequests = 0
        var hourlyWithoutPurchase = 0
        /// Final bars in answers that were compared with the market's.
        var barsCompared = 0
        /// Bars that are not the market's, or lack in an answer.
        var wrongBars = 0
        /// Answers at which bars lack although nothing is stale.
        var incompleteAnswers = 0
        /// Answers of what had just expired, given while it was bought again.
        var staleAnswers = 0
        var seconds = 0.0
    }

    private static let symbols = ["ES", "NQ", "CL", "GC", "ZN", "RTY", "YM", "SI", "6E", "NG"].map { $0 + ".c.0" }

    /// Plays so many hours, with a backfill and a backtest beside the bots when `crowd` is `crowded`.
    ///
    /// Writes into `folder`: `requests.csv` (time, client, kind, symbol), `purchases.csv` (time, kind, symbol, rows),
    /// `history.csv` (timeframe, symbol, time of a bar) and `trace.txt` (see `PolicyReplay`).
    static func run(folder: String, hours: Int, crowd: String) async throws -> Figures {
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart)
        var requests = BotRequest.bots(from: world.start, hours: hours, symbols: Self.symbols)
        if crowd == "crowded" {
            requests += BotRequest.background(from: world.start, symbols: Array(Self.symbols.prefix(3)))
        }
        requests.sort { $0.time < $1.time }
        let end = world.start.advancedSaturating(byNanoseconds: Int64(hours) * Timeframe.oneHour.nanoseconds)
        let history = try MarketHistory(of: Self.symbols, until: end, market: try world.market())
        let played = requests
        let (figures, purchases, trace) = try await world.running { world in
            try await Self.play(played, in: world, history)
        }
        try TextFile.write(requests.lazy.filter(\.isOfBot).map(\.csv), to: folder + "/requests.csv")
        try TextFile.write(purchases, to: folder + "/purchases.csv")
        try TextFile.write(history.csv, to: folder + "/history.csv")
        try TextFile.write(trace.lines, to: folder + "/trace.txt")
        return figures
    }

    private static func play(
        _ requests: [BotRequest],
        in world: SimulatedWorld,
        _ history: MarketHistory
    ) async throws -> (Figures, purchases: [String], PageTrace) {
        var figures = Figures()
        var purchases: [String] = []
        var trace = PageTrace()
        figures.seconds = try await Stopwatch.nanoseconds {
            for request in requests {
                try await world.advance(to: request.time)
                let answer = try await request.ask(world.cache)
                let bought = world.provider.purchases.dropFirst(purchases.count)
                purchases += bought.map { "\(request.time.nanoseconds),\($0.csv)" }
                if let bars = answer.bars { trace.add(bars, of: request.isOfBot ? "bot" : request.client) }
                if request.isOfBot { figures.add(request, answer, history) }
            }
        } / 1e9
        return (figures, purchases, trace)
    }
}

extension BotsDay.Figures {
    fileprivate mutating func add(_ request: BotRequest, _ answer: BotRequest.Answer, _ history: MarketHistory) {
        let hasWaited = answer.tier == .provider
        self.requests += 1
        self.withoutPurchase += hasWaited ? 0 : 1
        if case .hourly = request.kind {
            self.hourlyRequests += 1
            self.hourlyWithoutPurchase += hasWaited ? 0 : 1
        }
        guard let bars = answer.bars else { return }
        self.staleAnswers += bars.isStale ? 1 : 0
        self.incompleteAnswers += bars.isComplete || bars.isStale ? 0 : 1
        self.barsCompared += bars.bars.count { $0.isFinal }
        self.wrongBars += history.wrongBars(in: bars, at: request.time)
    }
}

extension SimulatedPurchase {
    /// What was bought, and how many rows came.
    fileprivate var csv: String {
        let kind = self.series.map { $0.timeframe == .oneHour ? "hourly" : "minutely" } ?? "quote"
        return "\(kind),\(self.symbol),\(self.recordCount)"
    }
}
