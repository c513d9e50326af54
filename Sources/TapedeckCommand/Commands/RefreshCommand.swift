import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Buys a range anew and prints what changed.
struct RefreshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Buy bars anew, also what is final, and print what the provider has corrected.",
        discussion: """
            It says what it would buy and for how much, and asks. Then it lists each bar that is another than before, \
            that was not there, or that is gone, with its revision. Bars that were not known before are counted only.

              tapedeck refresh ES.c.0 1m --start 2026-01-05 --end 2026-01-06
              tapedeck refresh ES.c.0 1h --last 24 --yes --json

            Exit codes: 0 done, whether or not something changed, 1 something could not be bought, 3 not confirmed, \
            64 wrong arguments or settings.
            """
    )

    @OptionGroup var symbol: SymbolOptions
    @OptionGroup var span: SpanOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let question = Confirmation(isGiven: self.confirmation.yes)
        if !self.confirmation.dryRun { try question.requirePossible() }
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let request = try self.span.request(self.symbol, refresh: true)
        let isDryRun = self.confirmation.dryRun
        let isJSON = self.output.json
        let code = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { cache -> ExitCode in
                var price = PurchasePrice()
                price.add(try await cache.explain(request).estimate)
                if isDryRun {
                    Self.print(price, isJSON: isJSON)
                    return .success
                }
                guard question.ask("Buy \(price.text) anew?") else {
                    StandardOutput.error("Nothing was bought.")
                    return .declined
                }
                let answer = try await cache.refresh(request)
                RefreshPrinter(isJSON: isJSON).print(answer, price: price, tally: PurchaseTally(cache))
                return answer.missing.contains(where: \.isFailure) ? .failure : .success
            }
        }
        if code != .success { throw code }
    }

    private static func print(_ price: PurchasePrice, isJSON: Bool) {
        guard isJSON else {
            StandardOutput.print("To buy: \(price.text)")
            return
        }
        StandardOutput.json { json in
            json.beginObject()
            json.key("price")
            price.write(to: &json)
            json.endObject()
        }
    }
}
