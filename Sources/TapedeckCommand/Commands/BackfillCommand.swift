import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Buys a long range of several symbols.
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Buy what is missing of a range, for one or more symbols: the price first.",
        discussion: """
            It says what it would buy and for how much, and asks. Then it buys piece by piece; each is stored before the \
            next is bought. Ctrl-C stops behind the piece under way, a second Ctrl-C at once. The same command goes on \
            where it stopped and buys nothing again. Without --end the range ends now.

              tapedeck backfill --symbol ES.c.0 NQ.c.0 --timeframe 1m --start 2025-01-01 --end 2026-01-01
              tapedeck backfill --symbol ESZ6 --timeframe 1h --start 2025-06-01 --dry-run
              tapedeck backfill --symbol ES.c.0 --timeframe 1d --start 2016-01-01 --yes --json < /dev/null

            Exit codes: 0 all of it is stored (or priced, with --dry-run), 1 a piece failed, 3 not confirmed, 130 stopped, \
            64 wrong arguments or settings.
            """
    )

    @Option(parsing: .upToNextOption, help: "What the provider calls the instruments: ESZ6, ES.c.0.")
    var symbol: [String]

    @Option(help: "The length of a bar: 1s 1m 5m 10m 15m 30m 1h 2h 4h or 1d.")
    var timeframe: String

    @Option(help: "Where the range begins.")
    var start: String

    @Option(help: "Where the range ends; now when left out.")
    var end: String?

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !self.symbol.isEmpty else { throw ValidationError("Name at least one --symbol.") }
    }

    func run() async throws {
        let question = Confirmation(isGiven: self.confirmation.yes)
        if !self.confirmation.dryRun { try question.requirePossible() }
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let requests = try self.requests()
        let isDryRun = self.confirmation.dryRun
        let printer = BackfillPrinter(isJSON: self.output.json)
        let end = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { cache in
                var result = try await Self.priced(requests, cache, barsMax: settings.backfillPieceBarsMax)
                printer.print(result.parts, price: result.price)
                if result.parts.allSatisfy(\.plan.pieces.isEmpty) {
                    result.end = .complete
                } else if !isDryRun {
                    try await Self.buy(&result, cache, question)
                }
                printer.print(result)
                return result.end
            }
        }
        switch end {
        case .complete, .priced: return
        case .declined: throw ExitCode.declined
        case .interrupted: throw ExitCode.interrupted
        case .failed: throw ExitCode.failure
        }
    }

    private func requests() throws -> [BarsRequest] {
        let timeframe = try Timeframe(parsing: self.timeframe)
        let range = try TimeRange(parsingStart: self.start, end: self.end)
        var symbols: [String] = []
        for symbol in try self.symbol.map({ try SymbolSpelling.spelled($0, as: nil) }) where !symbols.contains(symbol) {
            symbols.append(symbol)
        }
        return symbols.map { symbol in
            BarsRequest(
                symbol: symbol,
                timeframe: timeframe,
                span: .range(range),
                client: CommandIdentity.client,
                requestID: CommandIdentity.requestID()
            )
        }
    }

    /// What is to be bought, and for how much.
    private static func priced(
        _ requests: [BarsRequest],
        _ cache: MarketDataCache,
        barsMax: Int
    ) async throws -> BackfillResult {
        var parts: [BackfillResult.Part] = []
        var price = PurchasePrice()
        for request in requests {
            let explanation = try await cache.explain(request)
            if explanation.stretches.contains(where: { $0.source == .unknown }) {
                // Tells why the provider cannot be asked.
                _ = try await cache.availability(of: explanation.source)
            }
            let plan = BackfillPlan(explanation, barsMax: barsMax)
            if !plan.pieces.isEmpty { price.add(explanation.estimate) }
            parts.append(BackfillResult.Part(plan: plan))
        }
        return BackfillResult(parts: parts, price: price, end: .priced, tally: PurchaseTally(cache))
    }

    private static func buy(
        _ result: inout BackfillResult,
        _ cache: MarketDataCache,
        _ question: Confirmation
    ) async throws {
        guard question.ask("Buy \(result.price.text)?") else {
            result.end = .declined
            return
        }
        let line = ProgressLine(canRedraw: Terminal.canRedraw)
        let begun = result
        result = try await Interruption.watching {
            line.end()
            StandardOutput.error("Stopping when the piece under way is stored; Ctrl-C again stops at once.")
        } _: { interruption in
            var result = begun
            try await BackfillRun(cache: cache, interruption: interruption, line: line).run(&result)
            return result
        }
    }
}
