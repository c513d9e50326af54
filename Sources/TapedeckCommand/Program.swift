import ArgumentParser
import Tapedeck

/// The program: runs the command that the arguments name, and turns errors into one line and an exit code.
package enum Program {
    /// Runs to the end; leaves the process with the exit code when that is not 0.
    package static func main() async {
        do {
            var command = try TapedeckProgram.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let failure = CommandFailure(error) else { TapedeckProgram.exit(withError: error) }
            StandardOutput.error("tapedeck: \(failure.message)")
            TapedeckProgram.exit(withError: failure.exitCode)
        }
    }
}

/// The root command, which only shows what there is.
struct TapedeckProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tapedeck",
        abstract: "Buys market data once and plays it back to every bot.",
        discussion: """
            A worker ('tapedeck serve') answers bots over HTTP from memory, from its database or from the provider, and \
            buys each piece of data once. The other commands read and keep the same database.

            Try it, without a key, on simulated prices:
              tapedeck bars ES.c.0 1h --last 24
              tapedeck serve

            Settings come from flags, then the environment, then a file (--config); 'tapedeck help serve' lists all.
            Exit codes: 0 done, 1 failed, 64 wrong arguments or settings.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, BarsCommand.self, QuoteCommand.self, PriceCommand.self, CoverageCommand.self,
            ExplainCommand.self, LedgerCommand.self, WarmCommand.self, BackfillCommand.self, VerifyCommand.self,
            RefreshCommand.self, DoctorCommand.self, ConfigCommand.self, MigrateCommand.self, StatsCommand.self,
            CleanupCommand.self, PackCommand.self, UnpackCommand.self,
        ]
    )
}
