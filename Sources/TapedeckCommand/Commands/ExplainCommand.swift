import ArgumentParser
import MarketData
import Providers
import Tapedeck
import TapedeckServer

/// Prints what a request would buy.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print where bars would come from, what would be bought and what it would cost.",
        discussion: """
            It takes what 'tapedeck bars' takes, and buys nothing.

              tapedeck explain ES.c.0 1m --start 2025-01-01 --end 2026-01-01
            """
    )

    @OptionGroup var symbol: SymbolOptions
    @OptionGroup var span: SpanOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let request = try self.span.request(self.symbol, refresh: false)
        let explanation = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { try await $0.explain(request) }
        }
        if self.output.json {
            StandardOutput.json { $0.write(explanation) }
            return
        }
        StandardOutput.print("\(explanation.series), made from \(explanation.source)")
        var table = TextTable([("start", .left), ("end", .left), ("from", .left)])
        for stretch in explanation.stretches {
            table.add([stretch.range.start.description, stretch.range.end.description, stretch.source.rawValue])
        }
        StandardOutput.write(table.text.utf8)
        if let estimate = explanation.estimate { Self.print(estimate) }
        if let budget = explanation.budget { Self.print(budget) }
    }

    private static func print(_ estimate: FetchEstimate) {
        StandardOutput.print(
            "Buying would bring \(NumberText.text(estimate.recordCount)) records, "
                + "\(NumberText.text(estimate.byteCount)) bytes, for \(NumberText.dollars(estimate.costUSD))"
        )
    }

    private static func print(_ budget: Explanation.BudgetOutlook) {
        func line(_ name: String, _ spent: Double, _ limit: Double?) {
            guard let limit else { return }
            StandardOutput.print(
                "\(name): \(NumberText.dollars(spent)) of \(NumberText.dollars(limit)) are spent today"
            )
        }
        line("Budget", budget.spentUSD, budget.limitUSD)
        line("Budget of this client", budget.clientSpentUSD, budget.clientLimitUSD)
        StandardOutput.print(budget.refusal.map { "It would be refused: \($0)" } ?? "It would pass.")
    }
}
