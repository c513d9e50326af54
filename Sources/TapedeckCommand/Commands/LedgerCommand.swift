import ArgumentParser
import MarketData
import MarketStore
import TapedeckServer

/// Prints what was bought.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Print what was bought, by whom and for how much, the newest first.",
        discussion: """
            Every request to a provider is written down before it is made, with what it brought and cost.

              tapedeck ledger --limit 20
              tapedeck ledger --totals --since 2026-01-01
              tapedeck ledger --client alpha --symbol ES.c.0 --json
            """
    )

    @Flag(help: "Print one line for each day and provider.")
    var totals = false

    @Option(help: "Only what was bought at or after this time.")
    var since: String?

    @Option(help: "Only what was bought before this time.")
    var until: String?

    @Option(help: "Only what was bought from this provider.")
    var provider: String?

    @Option(help: "Only what was bought for this symbol.")
    var symbol: String?

    @Option(help: "Only what was bought for this client.")
    var client: String?

    @Option(help: "Lines at most, 1 to 10000.")
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...LedgerQuery.limitMax).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not a whole number from 1 to \(LedgerQuery.limitMax).")
        }
    }

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let query = LedgerQuery(
            since: try self.since.map { try Timestamp(parsing: $0) },
            until: try self.until.map { try Timestamp(parsing: $0) },
            provider: try self.provider.map { try ProviderID(parsing: $0) },
            symbol: self.symbol,
            client: self.client,
            limit: self.limit
        )
        let printer = LedgerPrinter(isJSON: self.output.json)
        let showsTotals = self.totals
        try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            if showsTotals {
                printer.print(try await assembly.store.ledgerTotals(query))
            } else {
                printer.print(try await assembly.store.ledger(query))
            }
        }
    }
}
