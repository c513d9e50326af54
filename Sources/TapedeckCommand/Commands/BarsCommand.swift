import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Prints bars.
struct BarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bars",
        abstract: "Print bars of a range, or the newest ones.",
        discussion: """
            Bars come from the database; what it lacks is bought and kept. Times are RFC 3339, dates or nanoseconds since \
            1970; without --end a range ends now. Timeframes: 1s 1m 5m 10m 15m 30m 1h 2h 4h 1d.

              tapedeck bars ES.c.0 1h --last 24
              tapedeck bars ESZ6 1m --start 2026-01-05 --end 2026-01-06 --csv > day.csv
              tapedeck bars 5482 1d --stype-in instrument_id --last 5 --json
              tapedeck bars ES.c.0 1h --start 2026-01-05 --refresh      buys it anew, also what is final
            """
    )

    @OptionGroup var symbol: SymbolOptions

    @OptionGroup var span: SpanOptions

    @Flag(help: "Buy everything anew, also what is final.")
    var refresh = false

    @Flag(help: "Print comma-separated values in place of a table.")
    var csv = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if self.csv && self.output.json { throw ValidationError("Give either --csv or --json, not both.") }
    }

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let request = try self.span.request(self.symbol, refresh: self.refresh)
        let printer = BarsPrinter(format: self.csv ? .csv : self.output.json ? .json : .table)
        try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { cache in
                try await printer.print(request, from: cache)
            }
        }
    }
}
