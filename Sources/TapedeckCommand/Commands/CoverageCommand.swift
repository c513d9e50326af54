import ArgumentParser
import MarketData
import TapedeckServer

/// Prints what is stored of a series.
struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Print which ranges of a symbol's bars are stored.",
        discussion: """
            Final ranges are never bought again; provisional ones expire. It buys nothing.

              tapedeck coverage ES.c.0 1h
            """
    )

    @OptionGroup var symbol: SymbolOptions

    @Argument(help: "The length of a bar: 1s 1m 5m 10m 15m 30m 1h 2h 4h or 1d.")
    var timeframe: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let symbol = try self.symbol.spelled()
        let timeframe = try Timeframe(parsing: self.timeframe)
        let answer = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { cache in
                try await cache.coverage(symbol: symbol, timeframe: timeframe, provider: nil)
            }
        }
        if self.output.json {
            StandardOutput.json { $0.write(answer) }
            return
        }
        StandardOutput.print("\(answer.series), version \(answer.version)")
        var table = TextTable([("start", .left), ("end", .left), ("state", .left)])
        for range in answer.final.ranges {
            table.add([range.start.description, range.end.description, "final"])
        }
        for stretch in answer.provisional {
            let state = "provisional, fetched \(stretch.fetchedAt)" + (stretch.isExpired ? ", expired" : "")
            table.add([stretch.range.start.description, stretch.range.end.description, state])
        }
        StandardOutput.write(table.text.utf8)
    }
}
