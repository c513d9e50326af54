import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Prints the newest price.
struct PriceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "price",
        abstract: "Print the newest price of a symbol: the last trade's, else the middle of the quote.",
        discussion: """
            A price that is too old is not shown; --max-age says what is too old.

              tapedeck price ES.c.0
              tapedeck price ES.c.0 --max-age 30s
            """
    )

    @OptionGroup var symbol: SymbolOptions

    @Option(help: "How old the price may be by its own time, such as 30s or 5m (or TAPEDECK_PRICE_AGE_MAX).")
    var maxAge: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let request = try self.symbol.latestRequest(maxAge: try self.maxAgeDuration())
        let answer = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { try await $0.price(request) }
        }
        if self.output.json {
            StandardOutput.json { $0.write(answer) }
            return
        }
        StandardOutput.fields([
            ("symbol", answer.symbol),
            ("provider", answer.provider.description),
            ("price", NumberText.text(answer.price)),
            ("source", answer.source?.rawValue ?? "-"),
            ("time", NumberText.text(answer.timestamp)),
            ("trade age", NumberText.seconds(answer.tradeAge)),
            ("quote age", NumberText.seconds(answer.quoteAge)),
            ("stale", answer.isStale ? "yes" : "no"),
            ("from", answer.tier.rawValue),
        ])
    }

    private func maxAgeDuration() throws -> Duration? {
        guard let text = self.maxAge else { return nil }
        guard let duration = DurationText.duration(text), duration > .zero, duration <= .seconds(31_536_000) else {
            throw ValidationError("--max-age '\(text)' is not a duration such as 30s, 5m or 2h, up to 365d.")
        }
        return duration
    }
}
