import ArgumentParser
import MarketData
import MarketStore
import Tapedeck
import TapedeckServer

/// Looks for gaps and inconsistencies in what is stored.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look for gaps in what is stored, explain them, and check that the database is consistent.",
        discussion: """
            Each stored series is looked through from its first to its last known instant, or within --start and --end. \
            A stretch without bars is explained: not asked, failed (with the ledger's cause), session closed, or empty \
            (asked for, and nobody traded). Only the first two are gaps. It buys nothing; with --fix it says what buying \
            the gaps would cost, asks, and buys them. Packed blocks that cannot be read are errors; --fix asks and gives them up, so \
            that they are gaps and bought with the others.

              tapedeck verify
              tapedeck verify ES.c.0 --timeframe 1m --start 2025-01-01 --end 2026-01-01
              tapedeck verify --fix

            Exit codes: 0 clean (behind --fix: now), 1 gaps, 2 inconsistent or not possible, 3 not confirmed, 130 stopped, \
            64 wrong arguments or settings.
            """
    )

    @Argument(help: "Only these symbols; all when left out.")
    var symbols: [String] = []

    @Option(help: "Only this timeframe; may be given several times.")
    var timeframe: [String] = []

    @Option(help: "Where to begin; with --end.")
    var start: String?

    @Option(help: "Where to end; now when only --start is given.")
    var end: String?

    @Option(help: "Gaps printed for each series and reason at most, the longest.")
    var limit = 20

    @Flag(help: "Say what buying the gaps would cost, ask, and buy them.")
    var fix = false

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if self.end != nil && self.start == nil { throw ValidationError("--end needs --start.") }
        guard (1...100_000).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not a whole number from 1 to 100000.")
        }
        if !self.fix, self.confirmation.yes || self.confirmation.dryRun {
            throw ValidationError("--yes and --dry-run belong to --fix.")
        }
    }

    func run() async throws {
        let question = Confirmation(isGiven: self.confirmation.yes)
        if self.fix && !self.confirmation.dryRun { try question.requirePossible() }
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let scope = VerificationScope(
            symbols: try self.symbols.map { try SymbolSpelling.spelled($0, as: nil) },
            timeframes: try self.timeframe.map { try Timeframe(parsing: $0) },
            range: try self.start.map { try TimeRange(parsingStart: $0, end: self.end) }
        )
        let code: Int32
        do {
            code = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
                try await assembly.running { cache in
                    try await self.verify(
                        scope,
                        VerificationRun(store: assembly.store, cache: cache, gapsMax: self.limit)
                    )
                }
            }
        } catch {
            // 1 would say that there are gaps.
            guard let failure = CommandFailure(error), failure.exitCode == .failure else { throw error }
            StandardOutput.error("tapedeck: \(failure.message)")
            throw ExitCode(2)
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// Looks, prints, mends where that was asked for, and answers with the exit code.
    private func verify(_ scope: VerificationScope, _ run: VerificationRun) async throws -> Int32 {
        var found = try await run.verify(scope)
        let printer = VerificationPrinter(isJSON: self.output.json, gapsMax: self.limit)
        guard self.fix, !found.purchases.isEmpty || !found.damagedBlocks.isEmpty else {
            printer.print(found)
            return found.exitCode
        }
        if !self.output.json { printer.print(found) }
        guard try await self.giveUp(found.damagedBlocks, run) else { return ExitCode.declined.rawValue }
        // What is damaged where nothing counts as stored is nothing to buy.
        guard !found.purchases.isEmpty else {
            if !self.confirmation.dryRun { found = try await run.verify(scope) }
            if self.output.json || !self.confirmation.dryRun { printer.print(found) }
            return found.exitCode
        }
        let price = try await run.price(found.purchases)
        StandardOutput.error("To buy: \(price.text), in \(NumberText.count(found.purchases.count, "range"))")
        guard !self.confirmation.dryRun else {
            if self.output.json { printer.print(found) }
            return found.exitCode
        }
        guard Confirmation(isGiven: self.confirmation.yes).ask("Buy \(price.text)?") else {
            StandardOutput.error("Nothing was bought.")
            return ExitCode.declined.rawValue
        }
        let isInterrupted = try await run.buy(found.purchases)
        StandardOutput.error("\(PurchaseTally(run.cache).text). Looking again.")
        found = try await run.verify(scope)
        printer.print(found)
        return isInterrupted ? ExitCode.interrupted.rawValue : found.exitCode
    }

    /// Gives damaged blocks up, which takes a yes of its own: without it they could still be restored.
    ///
    /// False when the answer is no.
    private func giveUp(_ damaged: [DamagedBlocks], _ run: VerificationRun) async throws -> Bool {
        let count = damaged.reduce(0) { $0 + $1.blocks.count }
        guard count > 0 else { return true }
        let blocks = NumberText.count(count, "damaged block")
        guard !self.confirmation.dryRun else {
            StandardOutput.error("\(blocks) would be given up and bought again, which is not in the price yet.")
            return true
        }
        guard Confirmation(isGiven: self.confirmation.yes).ask("Give up \(blocks), to buy the bars again?") else {
            StandardOutput.error("Nothing was given up or bought.")
            return false
        }
        try await run.giveUp(damaged)
        return true
    }
}
